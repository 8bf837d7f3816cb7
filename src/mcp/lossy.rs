//! JSON as servers write it and `JSON.parse` takes it, for readers that are stricter: strings that are cut inside a letter, and values
//! that are deeper or larger than Rust has them. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memmem;
use serde_json::Value;
use serde_json::value::RawValue;

/// How a half of a surrogate pair is written that stands alone.
const REPLACEMENT: &str = "\\ufffd";

/// The fields of an object, each as it stands. Of two equal keys the last one counts.
pub(super) type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// The same JSON without what is no Unicode text: bytes that are no UTF-8, and escapes of lone surrogates, become U+FFFD.
pub(super) fn mend(json: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(json);
    let lone = lone_surrogates(&text);
    if lone.is_empty() {
        return text;
    }
    let mut mended = String::with_capacity(text.len());
    let mut from = 0;
    for at in lone {
        mended.push_str(&text[from..at]);
        mended.push_str(REPLACEMENT);
        from = at + REPLACEMENT.len();
    }
    mended.push_str(&text[from..]);
    mended.into()
}

/// The fields of mended JSON, if it is an object.
pub(super) fn fields(mended: &str) -> Option<Fields<'_>> {
    serde_json::from_str(mended).ok()
}

/// A value of mended JSON; one that Rust has no form for as its text.
pub(super) fn value(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().into())
}

/// A string of mended JSON.
pub(super) fn string(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// Where escapes of surrogates begin that have no other half.
fn lone_surrogates(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut lone = Vec::new();
    let mut from = 0;
    while let Some(found) = memmem::find(&bytes[from..], b"\\u") {
        let at = from + found;
        if is_quoted(bytes, at) {
            from = at + 1;
            continue;
        }
        let pair = unit(bytes, at).filter(is_high).and(unit(bytes, at + REPLACEMENT.len())).filter(is_low);
        if pair.is_none() && unit(bytes, at).is_some_and(|unit| is_high(&unit) || is_low(&unit)) {
            lone.push(at);
        }
        from = at + if pair.is_some() { 2 * REPLACEMENT.len() } else { 2 };
    }
    lone
}

/// Whether the backslash at `at` is itself behind one that quotes it.
fn is_quoted(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// The number of an escape that begins at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + REPLACEMENT.len())?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
}

fn is_high(unit: &u16) -> bool {
    (0xD800..0xDC00).contains(unit)
}

fn is_low(unit: &u16) -> bool {
    (0xDC00..0xE000).contains(unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_no_text_changes() {
        for (json, mended) in [
            (&br#""a \ud83d z""#[..], r#""a \ufffd z""#),
            (br#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (br#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (br#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (br#""\\ud83d""#, r#""\\ud83d""#),
            (br#""\\\ud83d""#, r#""\\\ufffd""#),
            (br#""\ud83""#, r#""\ud83""#),
            (b"\"\xff\"", "\"\u{fffd}\""),
        ] {
            assert_eq!(mend(json), mended);
        }
    }

    #[test]
    fn what_rust_has_no_form_for_stays_text() {
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        let json = format!(r#"{{"n":1e999,"deep":{deep},"n":[1]}}"#);
        let fields = fields(&json).unwrap();
        assert_eq!(value(fields["deep"]), Value::from(deep));
        assert_eq!(value(fields["n"]), serde_json::json!([1]));
    }

    proptest! {
        #[test]
        fn any_string_of_javascript_can_be_read(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xD7F0_u16..0xE010], 0..40)) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{escaped}\"");
            let read: String = serde_json::from_str(&mend(json.as_bytes())).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units));
        }
    }
}
