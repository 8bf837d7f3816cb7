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
}

impl Document {
    /// Parses a text whose root must be an object.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self, SyntaxError> {
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let Value::Object(root) = parse_value(&text)? else {
            let position = Position { line: 1, column: 1 };
            return Err(SyntaxError {
                position,
                reason: "the file must hold one object: { \"mcpServers\": { … } }".into(),
            });
        };
        Ok(Self { text, root })
    }

    /// The object that the file holds.
    pub(super) fn root(&self) -> &Map<String, Value> {
        &self.root
    }

    /// Where the value at `path` stands, or its nearest ancestor that exists. Parses again, because only faults ask.
    pub(super) fn position(&self, path: &[String]) -> Position {
        let parsed = parse_to_ast(&self.text, &CollectOptions::default(), &DIALECT);
        let root = parsed.ok().and_then(|parsed| parsed.value);
        position_at(&self.text, root.map_or(0, |root| offset_of(&root, path)))
    }
}

fn parse_value(text: &str) -> Result<Value, SyntaxError> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &DIALECT).map_err(|error| SyntaxError {
        position: position_at(text, error.range().start),
        reason: format!("the JSON is malformed: {}", error.kind()),
    })?;
    Ok(parsed.value.map_or(Value::Null, Value::from))
}

fn not_utf8(error: &std::string::FromUtf8Error) -> SyntaxError {
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let text = String::from_utf8_lossy(valid);
    SyntaxError { position: position_at(&text, text.len()), reason: "the file is not UTF-8".into() }
}

fn offset_of(value: &ast::Value<'_>, path: &[String]) -> usize {
    let child = path.split_first().and_then(|(key, rest)| match value {
        // Of two equal keys the last one counts, as in JSON.parse.
        ast::Value::Object(object) => {
            let property = object.properties.iter().rev().find(|property| property.name.as_str() == key)?;
            Some(offset_of(&property.value, rest))
        }
        ast::Value::Array(array) => Some(offset_of(array.elements.get(key.parse::<usize>().ok()?)?, rest)),
        _ => None,
    });
    child.unwrap_or(value.start())
}

fn position_at(text: &str, offset: usize) -> Position {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

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
