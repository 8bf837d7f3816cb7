//! JSON with comments and trailing commas, and where in the text each value stands.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Map, Value};

/// Comments and trailing commas are all that mcporter tolerates beyond JSON.
const DIALECT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A place in a text. Both count from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Why a text is no document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) position: Position,
    pub(super) reason: String,
}

/// A parsed text.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    root: Map<String, Value>,
    places: Place,
}

/// Where a value starts, and where what it holds does.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) children: Vec<(String, Place)>,
}

impl Document {
    /// Parses a text whose root must be an object.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self, SyntaxError> {
        let text = text_of(bytes)?;
        let (value, places) = parse_value(&text)?;
        let Value::Object(root) = value else {
            let reason = "the file must hold one object: { \"mcpServers\": { … } }".to_owned();
            return Err(SyntaxError { position: position_at(&text, places.offset), reason });
        };
        Ok(Self { text, root, places })
    }

    /// What another format said.
    pub(super) fn new(text: String, root: Map<String, Value>, places: Place) -> Self {
        Self { text, root, places }
    }

    /// The object that the file holds.
    pub(super) fn root(&self) -> &Map<String, Value> {
        &self.root
    }

    /// Where the value at `path` stands, or its nearest ancestor that exists.
    pub(super) fn position(&self, path: &[String]) -> Position {
        let mut place = &self.places;
        for key in path {
            // Of two equal keys the last one counts, as in JSON.parse.
            let Some((_, child)) = place.children.iter().rev().find(|(name, _)| name == key) else { break };
            place = child;
        }
        position_at(&self.text, place.offset)
    }
}

/// The text of a file, without its byte order mark.
pub(super) fn text_of(bytes: Vec<u8>) -> Result<String, SyntaxError> {
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn parse_value(text: &str) -> Result<(Value, Place), SyntaxError> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &DIALECT).map_err(|error| SyntaxError {
        position: position_at(text, error.range().start),
        reason: format!(
            "the JSON is malformed: {}; correct it there (comments and trailing commas are allowed), or move the file away",
            error.kind()
        ),
    })?;
    let Some(value) = parsed.value else { return Ok((Value::Null, Place::default())) };
    let places = Place::of(&value);
    Ok((Value::from(value), places))
}

impl Place {
    fn of(value: &ast::Value<'_>) -> Self {
        let children = match value {
            ast::Value::Object(object) => {
                let named = |property: &ast::ObjectProp<'_>| {
                    (property.name.as_str().to_owned(), Self::of(&property.value))
                };
                object.properties.iter().map(named).collect()
            }
            ast::Value::Array(array) => {
                let numbered =
                    |(index, element): (usize, &ast::Value<'_>)| (index.to_string(), Self::of(element));
                array.elements.iter().enumerate().map(numbered).collect()
            }
            _ => Vec::new(),
        };
        Self { offset: value.start(), children }
    }
}

fn not_utf8(error: &std::string::FromUtf8Error) -> SyntaxError {
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let text = String::from_utf8_lossy(valid);
    SyntaxError {
        position: position_at(&text, text.len()),
        reason: "the file is not UTF-8; save it as such".into(),
    }
}

pub(super) fn position_at(text: &str, offset: usize) -> Position {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
