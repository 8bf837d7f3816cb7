//! TOML as the same kind of document that JSON becomes.

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::document::{Document, Place, SyntaxError, position_at, text_of};

/// Whole numbers beyond this are no numbers of JavaScript.
const LARGEST_WHOLE: i64 = (1 << 53) - 1;

/// Parses a text.
pub(super) fn parse(bytes: Vec<u8>) -> Result<Document, SyntaxError> {
    let text = text_of(bytes)?;
    let table = DeTable::parse(&text).map_err(|error| SyntaxError {
        position: position_at(&text, error.span().map_or(0, |span| span.start)),
        reason: format!(
            "the TOML is malformed: {}; correct it there, or move the file away",
            error.message()
        ),
    })?;
    let (root, places) = convert_table(table.get_ref(), 0);
    Ok(Document::new(text, root, places))
}

fn convert(value: &Spanned<DeValue<'_>>) -> (Value, Place) {
    let offset = value.span().start;
    match value.get_ref() {
        DeValue::Table(table) => {
            let (fields, place) = convert_table(table, offset);
            (Value::Object(fields), place)
        }
        DeValue::Array(items) => {
            let (values, places): (Vec<_>, Vec<_>) = items.iter().map(convert).unzip();
            let children = places.into_iter().enumerate().map(|(index, place)| (index.to_string(), place));
            (Value::Array(values), Place { offset, children: children.collect() })
        }
        scalar => (convert_scalar(scalar), Place { offset, children: Vec::new() }),
    }
}

fn convert_table(table: &DeTable<'_>, offset: usize) -> (Map<String, Value>, Place) {
    let (mut fields, mut children) = (Map::new(), Vec::new());
    for (key, value) in table {
        let (value, place) = convert(value);
        children.push((key.get_ref().to_string(), place));
        fields.insert(key.get_ref().to_string(), value);
    }
    (fields, Place { offset, children })
}

/// What JSON has no word for becomes an empty object: present, but of no use to anybody.
fn convert_scalar(value: &DeValue<'_>) -> Value {
    let unusable = || Value::Object(Map::new());
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Integer(number) => integer(number).map_or_else(unusable, Value::from),
        DeValue::Float(number) => {
            number.as_str().parse().ok().and_then(Number::from_f64).map_or_else(unusable, Value::Number)
        }
        _ => unusable(),
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
    (-LARGEST_WHOLE..=LARGEST_WHOLE).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::mcp::config::document::Position;

    proptest! {
        #[test]
        fn any_bytes_are_a_document_or_a_fault_inside_the_text(bytes: Vec<u8>) {
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
            if let Err(error) = parse(bytes) {
                prop_assert!((1..=lines).contains(&error.position.line) && error.position.column >= 1);
            }
        }
    }

    #[test]
    fn tables_become_objects_and_keep_their_places() {
        let text = "[mcp_servers.\"a b\"]\ncommand = 'x' # why\nargs = [\"1\", \"2\"]\nenv = { PORT = 0x10, AT = 2026-01-01 }\n";
        let document = parse(text.into()).unwrap();
        let expected = json!({ "mcp_servers": { "a b": { "command": "x", "args": ["1", "2"], "env": { "PORT": 16, "AT": {} } } } });
        // Tables come sorted by name.
        assert_eq!(Value::Object(document.root().clone()), expected);
        let path = ["mcp_servers", "a b", "args", "1"].map(str::to_owned);
        assert_eq!(document.position(&path), Position { line: 3, column: 14 });
    }

    #[test]
    fn a_fault_names_line_and_column() {
        let error = parse("[a]\nb = \n".into()).unwrap_err();
        assert_eq!(error.position.line, 2);
        assert!(error.reason.starts_with("the TOML is malformed: "), "{}", error.reason);
    }
}
