//! Texts, sound and broken.

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
