//! The scanner against `serde_json`, whole and in pieces.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Key, Scanner, elements, parse_id, scan};

fn slice<'a>(line: &'a str, found: &super::Found, key: Key) -> Option<&'a str> {
    found.span(key).map(|span| &line[span])
}

#[test]
fn ids_inside_a_result_that_stands_before_the_id_are_ignored() {
    let line = r#"{"result":{"id":99,"x":[{"id":"7"}],"t":"\"id\":5,{[\\"},"jsonrpc":"2.0","id":3}"#;
    let found = scan(line.as_bytes()).unwrap();
    assert_eq!(found.own_id(), Some(3));
    assert_eq!(slice(line, &found, Key::Result), Some(r#"{"id":99,"x":[{"id":"7"}],"t":"\"id\":5,{[\\"}"#));
}

#[test]
fn the_last_of_duplicate_keys_wins_also_when_one_is_escaped() {
    let found = scan(br#"{"id":1,"result":1,"\u0069d":2,"result":[3]}"#).unwrap();
    assert_eq!(found.own_id(), Some(2));
    assert_eq!(scan(br#"{"id":1,"id":"x"}"#).unwrap().own_id(), None);
}

#[test]
fn ids_are_understood_as_javascript_would_compare_them() {
    for (token, id) in
        [("7", Some(7)), ("7.0", Some(7)), ("7e0", Some(7)), ("-1", None), ("1.5", None), ("", None)]
    {
        assert_eq!(parse_id(token.as_bytes()), id, "{token}");
    }
    assert_eq!(scan(br#"{"id":"12","result":{}}"#).unwrap().own_id(), Some(12));
    assert_eq!(scan(br#"{"id":null,"result":{}}"#).unwrap().own_id(), None);
}

#[test]
fn what_is_no_object_is_refused() {
    for line in
        ["", "x", "[1]", "{", "{]", r#"{"a"}"#, r#"{"a":}"#, r#"{"a":1,}"#, r#"{"a":1}x"#, r#"{"a":{}"#]
    {
        assert!(scan(line.as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn a_batch_falls_apart_into_its_objects() {
    let line = br#"[ {"id":1,"result":["]"]} , {"method":"a\"]"} ]"#;
    let spans = elements(line).unwrap();
    assert_eq!(spans.len(), 2);
    assert_eq!(scan(&line[spans[0].clone()]).unwrap().own_id(), Some(1));
    assert!(elements(b"[{}").is_err() && elements(b"]").is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("\"id\":1}{][\\")),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((any_key(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["id", "method", "result", "error", "params", "jsonrpc", "isError"])
            .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((any_key(), any_json()), 0..8).prop_map(|entries| entries.into_iter().collect())
}

proptest! {
    #[test]
    fn agrees_with_a_full_parse(object in any_object(), pretty: bool, cut in 0_usize..400) {
        let line = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) }.unwrap();
        let found = scan(line.as_bytes()).unwrap();
        for (key, name) in [(Key::Id, "id"), (Key::Method, "method"), (Key::Result, "result"), (Key::Error, "error"), (Key::Params, "params"), (Key::IsError, "isError")] {
            let scanned = slice(&line, &found, key).map(|raw| serde_json::from_str::<Value>(raw).unwrap());
            prop_assert_eq!(scanned.as_ref(), object.get(name));
        }
        let mut pieces = Scanner::default();
        let cut = cut.min(line.len());
        pieces.feed(&line.as_bytes()[..cut]).unwrap();
        pieces.feed(&line.as_bytes()[cut..]).unwrap();
        prop_assert_eq!(pieces.finish().unwrap(), found);
    }

    #[test]
    fn never_panics_on_noise(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = scan(&noise);
        let _ = elements(&noise);
        let _ = scan(&[b"{\"a\":[", noise.as_slice()].concat());
    }
}
