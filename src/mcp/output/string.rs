//! JavaScript strings as bytes: UTF-8, except that a lone surrogate takes the three bytes that its number would have (WTF-8). Pairs are
//! always joined, so a string has one form.

use memchr::{memchr, memchr2};

/// Where the first byte stands that ends or interrupts a JSON string: a quote, a backslash, or a control character.
///
/// Looks a window at a time: over a whole text, callers that ask again behind each find would read it again and again.
pub(super) fn interruption(bytes: &[u8]) -> Option<usize> {
    const GLANCE: usize = 16;
    const WINDOW: usize = 256;
    let glance = &bytes[..bytes.len().min(GLANCE)];
    if let Some(at) = glance.iter().position(|&byte| is_special(byte)) {
        return Some(at);
    }
    let mut at = glance.len();
    for window in bytes[at..].chunks(WINDOW) {
        let end = memchr2(b'"', b'\\', window);
        let before = &window[..end.unwrap_or(window.len())];
        // The minimum of a slice is computed many bytes at once; a search that may stop early is not.
        if before.iter().fold(u8::MAX, |least, &byte| least.min(byte)) < 0x20 {
            return before.iter().position(|&byte| byte < 0x20).map(|found| at + found);
        }
        if let Some(end) = end {
            return Some(at + end);
        }
        at += window.len();
    }
    None
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether there are lone surrogates.
pub(super) fn has_surrogates(bytes: &[u8]) -> bool {
    memchr::memchr_iter(0xED, bytes).any(|at| surrogate_at(bytes, at).is_some())
}

/// The value of the inside of a JSON string, whose escapes were validated.
pub(super) fn decode(inside: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(length) = memchr(b'\\', rest) {
        push_joined(&mut out, &rest[..length]);
        let escape = rest.get(length + 1).copied().unwrap_or(b'\\');
        rest = rest.get(length + 2..).unwrap_or_default();
        match escape {
            b'b' => out.push(0x08),
            b'f' => out.push(0x0C),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                push_unit(&mut out, rest.get(..4).map_or(0, hex));
                rest = rest.get(4..).unwrap_or_default();
            }
            other => out.push(other),
        }
    }
    push_joined(&mut out, rest);
    out
}

/// Appends a string as `JSON.stringify` quotes it.
pub(super) fn quote(string: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = string;
    let surrogates = has_surrogates(string);
    while let Some(at) = next_escape(rest, surrogates) {
        out.extend_from_slice(&rest[..at]);
        let length = match rest[at] {
            b'"' => push_all(out, b"\\\""),
            b'\\' => push_all(out, b"\\\\"),
            0x08 => push_all(out, b"\\b"),
            0x0C => push_all(out, b"\\f"),
            b'\n' => push_all(out, b"\\n"),
            b'\r' => push_all(out, b"\\r"),
            b'\t' => push_all(out, b"\\t"),
            0xED => {
                push_hex(out, surrogate_at(rest, at).unwrap_or_default());
                3
            }
            control => {
                push_hex(out, u16::from(control));
                1
            }
        };
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The string in UTF-16.
pub(super) fn to_utf16(string: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(string.len());
    let (mut from, mut search) = (0, 0);
    while let Some(found) = memchr(0xED, &string[search..]) {
        let at = search + found;
        search = at + 1;
        if let Some(surrogate) = surrogate_at(string, at) {
            units.extend(String::from_utf8_lossy(&string[from..at]).encode_utf16());
            units.push(surrogate);
            from = at + 3;
            search = from;
        }
    }
    units.extend(String::from_utf8_lossy(&string[from..]).encode_utf16());
    units
}

fn next_escape(bytes: &[u8], surrogates: bool) -> Option<usize> {
    if !surrogates {
        return interruption(bytes);
    }
    (0..bytes.len()).find(|&at| is_special(bytes[at]) || surrogate_at(bytes, at).is_some())
}

fn push_all(out: &mut Vec<u8>, escape: &[u8]) -> usize {
    out.extend_from_slice(escape);
    1
}

fn push_hex(out: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    out.extend([12, 8, 4, 0].map(|shift| DIGITS[usize::from(unit >> shift & 0xF)]));
}

fn hex(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |unit, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            _ => (digit | 0x20).wrapping_sub(b'a').wrapping_add(10),
        };
        unit << 4 | u16::from(value)
    })
}

fn surrogate_at(bytes: &[u8], at: usize) -> Option<u16> {
    match bytes.get(at..at + 3)? {
        &[0xED, second @ 0xA0..=0xBF, third] => {
            Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
        }
        _ => None,
    }
}

/// Appends text that may begin with the second half of a pair whose first half is there already.
fn push_joined(out: &mut Vec<u8>, text: &[u8]) {
    match surrogate_at(text, 0) {
        Some(unit) => {
            push_unit(out, unit);
            out.extend_from_slice(&text[3..]);
        }
        None => out.extend_from_slice(text),
    }
}

fn push_unit(out: &mut Vec<u8>, unit: u16) {
    let high = out.len().checked_sub(3).and_then(|at| surrogate_at(out, at)).filter(|unit| *unit < 0xDC00);
    if let (Some(high), 0xDC00..=0xDFFF) = (high, unit) {
        out.truncate(out.len() - 3);
        let point = 0x1_0000 + (u32::from(high - 0xD800) << 10) + u32::from(unit - 0xDC00);
        return push_char(out, point);
    }
    match char::from_u32(u32::from(unit)) {
        Some(_) => push_char(out, u32::from(unit)),
        None => out.extend([0xED, 0x80 | low_six(unit >> 6), 0x80 | low_six(unit)]),
    }
}

fn push_char(out: &mut Vec<u8>, point: u32) {
    let mut buffer = [0; 4];
    let char = char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
}

fn low_six(unit: u16) -> u8 {
    u8::try_from(unit & 0x3F).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_of_a_pair_join_wherever_they_come_from() {
        let (high, low) = (decode(br"\ud83d"), decode(br"\uDE00"));
        assert_eq!((high.len(), low.len()), (3, 3));
        for inside in
            [&br"\ud83d\ude00"[..], &[&high[..], br"\ude00"].concat(), &[br"\ud83d", &low[..]].concat()]
        {
            assert_eq!(decode(inside), "😀".as_bytes());
        }
        assert_eq!(to_utf16(&decode(br"a\ude00\ud83dz")), [0x61, 0xDE00, 0xD83D, 0x7A]);
    }

    proptest! {
        #[test]
        fn quoting_and_decoding_undo_each_other(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xD7F0_u16..0xE010, 0_u16..0x80], 0..80)) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04X}")).collect();
            let string = decode(escaped.as_bytes());
            prop_assert_eq!(&to_utf16(&string), &units);
            let mut quoted = Vec::new();
            quote(&string, &mut quoted);
            prop_assert_eq!(decode(&quoted[1..quoted.len() - 1]), string);
            prop_assert!(std::str::from_utf8(&quoted).is_ok());
        }

        #[test]
        fn finds_the_first_interruption(bytes in prop::collection::vec(prop_oneof![1000 => 0x23_u8..=0x5B, 1 => any::<u8>()], 0..700)) {
            let plain = bytes.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
            prop_assert_eq!(interruption(&bytes), plain);
        }
    }
}
