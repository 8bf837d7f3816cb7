//! JSON in parts: parsing a megabyte at once would hold the JavaScript thread for milliseconds.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Entries of one part.
const PART: usize = 32;

/// A value in parts: first the value itself with its long lists empty, beside how many parts of each follow; then those parts, list by
/// list. A list that is the value itself goes by the name "".
///
/// # Errors
/// What `serde_json` says of a value that JSON has no form for.
pub fn json_parts<T: Serialize>(value: &T) -> serde_json::Result<Vec<String>> {
    let mut lists = Vec::new();
    let mut cut = |name: &str, value: &mut Value| match value {
        Value::Array(entries) if entries.len() > PART => {
            lists.push((name.to_owned(), std::mem::take(entries)));
        }
        _ => {}
    };
    let mut head = serde_json::to_value(value)?;
    cut("", &mut head);
    let entries = head.as_object_mut().into_iter().flat_map(Map::iter_mut);
    entries.for_each(|(name, value)| cut(name, value));
    let counts: Vec<(&str, usize)> =
        lists.iter().map(|(name, entries)| (name.as_str(), entries.len().div_ceil(PART))).collect();
    let first = json!([head, counts]).to_string();
    let rest = lists.iter().flat_map(|(_, entries)| entries.chunks(PART)).map(serde_json::to_string);
    std::iter::once(Ok(first)).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_short_ones_stay() {
        let long: Vec<usize> = (0..PART + 1).collect();
        let parts = json_parts(&json!({ "a": [1], "b": long, "c": "x", "d": long[..PART] })).unwrap();
        assert_eq!(parts.len(), 3);
        let head: Value = serde_json::from_str(&parts[0]).unwrap();
        assert_eq!(head, json!([{ "a": [1], "b": [], "c": "x", "d": long[..PART] }, [["b", 2]]]));
        assert_eq!(parts[1], serde_json::to_string(&long[..PART]).unwrap());
        assert_eq!(parts[2], format!("[{PART}]"));
    }

    #[test]
    fn value_may_itself_be_a_list_or_none_at_all() {
        let long: Vec<usize> = (0..2 * PART).collect();
        let cut = json_parts(&long).unwrap();
        assert_eq!((cut.len(), cut[0].as_str()), (3, r#"[[],[["",2]]]"#));
        assert_eq!(json_parts(&"text").unwrap(), [r#"["text",[]]"#]);
    }
}
