//! Finds the top-level keys of one JSON object without parsing what they hold. Pure; knows nothing of JSON-RPC beyond key names.
//!
//! Servers write `result` (with ids of its own inside) before `id`, so a search for `"id"` finds the wrong one: depth decides.
//! The machine takes bytes in pieces, because a line over the cap is scanned while it is thrown away.
//!
//! | state | byte | next |
//! |---|---|---|
//! | `Start` | `{` | `FirstKey` |
//! | `FirstKey` | `"` · `}` | `KeyText` · `Done` |
//! | `NextKey` | `"` | `KeyText` |
//! | `KeyText` | closing `"` | `Colon` |
//! | `Colon` | `:` | `Value` |
//! | `Value` | `"` · `{` `[` · other start of a value | `Text` · `Nested` · `Scalar` |
//! | `Text`, `Scalar`, `Nested` | end of the value | `AfterValue` |
//! | `Nested` ⇄ `NestedText` | `"` | the other |
//! | `AfterValue` | `,` · `}` | `NextKey` · `Done` |
//! | `Done` | white space only | `Done` |

mod captured;
mod elements;
mod found;
mod key;
mod state;
mod structure;

use memchr::memchr2;

use self::captured::Captured;
pub(crate) use self::elements::elements;
pub(crate) use self::found::{Found, parse_id};
pub(crate) use self::key::Key;
use self::state::State;
use self::structure::{STRUCTURE, Structure};

/// The bytes are not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The machine. Feed it the object in pieces, then ask it to [`finish`](Self::finish).
#[derive(Debug, Clone, Default)]
pub(crate) struct Scanner {
    state: State,
    escaped: bool,
    depth: u64,
    offset: usize,
    value_start: usize,
    key: Key,
    captured: Captured,
    found: Found,
}

/// Scans one whole object.
pub(crate) fn scan(object: &[u8]) -> Result<Found, Malformed> {
    let mut scanner = Scanner::default();
    scanner.feed(object)?;
    scanner.finish()
}

impl Scanner {
    /// Takes the next bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let mut at = 0;
        while at < bytes.len() {
            at = match self.state {
                State::KeyText | State::Text | State::NestedText => self.text(bytes, at),
                State::Scalar => self.scalar(bytes, at),
                State::Nested => self.nested(bytes, at),
                _ => self.between(bytes, at)?,
            };
        }
        self.offset += bytes.len();
        Ok(())
    }

    /// What was found, if the object is complete.
    pub(crate) fn finish(self) -> Result<Found, Malformed> {
        if self.state == State::Done { Ok(self.found) } else { Err(Malformed) }
    }

    /// One byte outside of any value, white space skipped.
    fn between(&mut self, bytes: &[u8], at: usize) -> Result<usize, Malformed> {
        let byte = bytes[at];
        if is_space(byte) {
            return Ok(at + 1);
        }
        self.state = match (self.state, byte) {
            (State::Start, b'{') => State::FirstKey,
            (State::FirstKey | State::NextKey, b'"') => {
                self.captured.clear();
                State::KeyText
            }
            (State::FirstKey | State::AfterValue, b'}') => State::Done,
            (State::Colon, b':') => State::Value,
            (State::AfterValue, b',') => State::NextKey,
            (State::Value, _) => {
                let state = State::of_value(byte).ok_or(Malformed)?;
                self.value_start = self.offset + at;
                self.captured.clear();
                self.depth = u64::from(state == State::Nested);
                if state == State::Scalar {
                    self.state = state;
                    return Ok(at);
                }
                state
            }
            _ => return Err(Malformed),
        };
        Ok(at + 1)
    }

    /// The rest of a string, as far as it is here.
    fn text(&mut self, bytes: &[u8], mut at: usize) -> usize {
        if self.escaped {
            self.escaped = false;
            self.capture(&bytes[at..=at]);
            at += 1;
        }
        let rest = &bytes[at..];
        let Some(length) = memchr2(b'"', b'\\', rest) else {
            self.capture(rest);
            return bytes.len();
        };
        self.capture(&rest[..length]);
        let end = at + length;
        if rest[length] == b'\\' {
            self.capture(b"\\");
            self.escaped = true;
            return end + 1;
        }
        match self.state {
            State::KeyText => {
                self.key = self.captured.key();
                self.state = State::Colon;
            }
            State::Text => self.value_ends(self.offset + end + 1),
            _ => self.state = State::Nested,
        }
        end + 1
    }

    fn scalar(&mut self, bytes: &[u8], at: usize) -> usize {
        let rest = &bytes[at..];
        let length = rest.iter().position(|&b| matches!(b, b',' | b'}') || is_space(b)).unwrap_or(rest.len());
        self.capture(&rest[..length]);
        if length < rest.len() {
            self.value_ends(self.offset + at + length);
        }
        at + length
    }

    fn nested(&mut self, bytes: &[u8], at: usize) -> usize {
        for (index, &byte) in bytes.iter().enumerate().skip(at) {
            match STRUCTURE[usize::from(byte)] {
                Structure::None => {}
                Structure::Quote => {
                    self.state = State::NestedText;
                    return index + 1;
                }
                Structure::Open => self.depth += 1,
                Structure::Close => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.value_ends(self.offset + index + 1);
                        return index + 1;
                    }
                }
            }
        }
        bytes.len()
    }

    fn value_ends(&mut self, end: usize) {
        self.state = State::AfterValue;
        if self.key == Key::Id {
            self.found.own_id = self.captured.id();
        }
        if let Some(span) = self.found.spans.get_mut(self.key as usize) {
            *span = Some(self.value_start..end);
        }
    }

    fn capture(&mut self, bytes: &[u8]) {
        let wanted = match self.state {
            State::KeyText => true,
            State::Text | State::Scalar => self.key == Key::Id,
            _ => false,
        };
        if wanted {
            self.captured.push(bytes);
        }
    }
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
