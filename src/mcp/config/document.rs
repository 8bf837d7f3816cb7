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
struct Place {
    offset: usize,
    children: Vec<(String, Place)>,
}

impl Document {
    /// Parses a text whose root must be an object.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self, SyntaxError> {
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let (value, places) = parse_value(&text)?;
        let Value::Object(root) = value else {
            let reason = "the file must hold one object: { \"mcpServers\": { … } }".to_owned();
            return Err(SyntaxError { position: position_at(&text, places.offset), reason });
        };
        Ok(Self { text, root, places })
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

fn parse_value(text: &str) -> Result<(Value, Place), SyntaxError> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &DIALECT).map_err(|error| SyntaxError {
        position: position_at(text, error.range().start),
        reason: format!("the JSON is malformed: {}", error.kind()),
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
    SyntaxError { position: position_at(&text, text.len()), reason: "the file is not UTF-8".into() }
}

fn position_at(text: &str, offset: usize) -> Position {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_document_or_a_fault_inside_the_text(bytes: Vec<u8>) {
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
            if let Err(error) = Document::parse(bytes) {
                prop_assert!((1..=lines).contains(&error.position.line) && error.position.column >= 1);
            }
        }

        #[test]
        fn any_json_is_read_as_serde_reads_it(text in r#"\{"[a-z]{1,3}": ?(\[("[a-z ]*"|-?[1-9][0-9]{0,4}|0|true|null)\]|\{\})\}"#) {
            let expected: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Value::Object(Document::parse(text.into_bytes()).unwrap().root), expected);
        }
    }

    fn syntax_error(text: &str) -> SyntaxError {
        Document::parse(text.as_bytes().to_vec()).unwrap_err()
    }

    #[test]
    fn comments_trailing_commas_and_a_byte_order_mark_are_fine() {
        let text = "\u{feff}// head\n{ /* a */ \"a\": [1, 2,], }\n// tail";
        let document = Document::parse(text.into()).unwrap();
        assert_eq!(Value::Object(document.root().clone()).to_string(), r#"{"a":[1,2]}"#);
    }

    #[test]
    fn faults_name_line_and_column() {
        for (text, line, column) in [
            // Where the comma belongs, not where its absence shows.
            ("{\n  \"a\": 1\n  \"b\": 2\n}", 2, 9),
            ("{ \"ä\": 'x' }", 1, 8),
            ("{ a: 1 }", 1, 3),
            ("[]", 1, 1),
            ("", 1, 1),
        ] {
            let SyntaxError { position, reason } = syntax_error(text);
            assert_eq!((position.line, position.column), (line, column), "{text}: {reason}");
        }
    }

    #[test]
    fn absurd_nesting_is_an_error_and_no_overflow() {
        let error = syntax_error(&"[".repeat(100_000));
        assert!(error.reason.contains("depth"), "{}", error.reason);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_located() {
        let error = Document::parse(b"{\n \"\xff\": 1}".to_vec()).unwrap_err();
        assert_eq!(error.position, Position { line: 2, column: 3 });
    }

    #[test]
    fn a_value_is_found_by_its_path() {
        let document = Document::parse("{\n  \"a\": { \"b\": [1,\n    true] }\n}".into()).unwrap();
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(document.position(&path(&["a", "b", "1"])), Position { line: 3, column: 5 });
        assert_eq!(document.position(&path(&["a", "absent"])), Position { line: 2, column: 8 });
    }
}
