//! JSON in parts: parsing a megabyte at once would hold the JavaScript thread for milliseconds.
//!
//! The whole text is written once and then cut where its long lists are, its entries unread: a tree of values between would take longer than
//! everything else that follows the end of a large stop.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::RawValue;

/// Entries of one part.
const PART: usize = 32;

type Entries<'a> = Vec<&'a RawValue>;

/// A value in parts: first the value itself with its long lists empty, beside how many parts of each follow; then those parts, list by
/// list. A list that is the value itself goes by the name "".
///
/// # Errors
/// What `serde_json` says of a value that JSON has no form for.
pub fn json_parts<T: Serialize>(value: &T) -> serde_json::Result<Vec<String>> {
    let text = serde_json::to_string(value)?;
    if let Some(entries) = long_list(&text)? {
        return cut(&Entries::new(), &[(String::new(), entries)]);
    }
    if !text.starts_with('{') {
        return cut(&serde_json::from_str::<&RawValue>(&text)?, &[]);
    }
    let mut head: IndexMap<String, &RawValue> = serde_json::from_str(&text)?;
    let empty = serde_json::value::to_raw_value(&Entries::new())?;
    let mut lists = Vec::new();
    for (name, value) in &mut head {
        if let Some(entries) = long_list(value.get())? {
            lists.push((name.clone(), entries));
            *value = &empty;
        }
    }
    cut(&head, &lists)
}

/// The entries of a list that does not fit into one part.
fn long_list(text: &str) -> serde_json::Result<Option<Entries<'_>>> {
    let entries: Entries<'_> = if text.starts_with('[') { serde_json::from_str(text)? } else { Vec::new() };
    Ok((entries.len() > PART).then_some(entries))
}

fn cut(head: &impl Serialize, lists: &[(String, Entries<'_>)]) -> serde_json::Result<Vec<String>> {
    let counts: Vec<_> =
        lists.iter().map(|(name, entries)| (name.as_str(), entries.len().div_ceil(PART))).collect();
    let first = serde_json::to_string(&(head, counts));
    let rest = lists.iter().flat_map(|(_, entries)| entries.chunks(PART)).map(serde_json::to_string);
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
        assert_eq!(json_parts(&json!([1, [2]])).unwrap(), ["[[1,[2]],[]]"]);
    }
}
