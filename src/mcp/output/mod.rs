//! The text that `mcporter call server.tool` prints for a tool's result, made from the raw bytes. Pure.
//!
//! | module | owns |
//! |---|---|
//! | `envelope` | mcporter's rules: which part of a result is printed, and as what |
//! | `tape` | `JSON.parse`: what it accepts, as spans instead of values |
//! | `string` | JavaScript strings as bytes, lone surrogates included |
//! | `print` | `JSON.stringify(value, null, 2)` |
//!
//! `isError` changes nothing of the text: mcporter prints such results like any other and only its exit code differs.

mod envelope;
mod print;
mod string;
mod tape;

use std::borrow::Cow;

use self::envelope::Output;
use self::tape::Tape;
use crate::model::{Error, ErrorCode, Result};

/// Longest string that V8 makes, in characters; `JSON.stringify` throws beyond, and mcporter falls back to `util.inspect`.
const MAX_LENGTH: usize = 536_870_888;

/// What is printed, its final line break included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// Text that was made here.
    Text(Text),
    /// mcporter would print `util.inspect(result, { depth: 8, maxStringLength: null, breakLength: 80 })`; only JavaScript can.
    Inspect,
}

/// A string as JavaScript takes it most cheaply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// ASCII only, so Latin-1 as well.
    Ascii(Vec<u8>),
    /// UTF-8.
    Utf8(String),
    /// Holds lone surrogates, which UTF-8 cannot.
    Utf16(Vec<u16>),
}

/// Renders the raw JSON of a `result`.
///
/// # Errors
/// `ERR_SERVER_PROTOCOL` when it is not JSON.
pub fn render(result: &[u8]) -> Result<Rendered> {
    let source = std::str::from_utf8(result).map_or_else(|_| String::from_utf8_lossy(result), Cow::Borrowed);
    let tape = Tape::parse(source.as_bytes(), false).ok_or_else(|| not_json(&source))?;
    Ok(match envelope::output(&tape) {
        Output::Text(bytes, surrogates) => Rendered::Text(finish(with_room(bytes), surrogates)),
        Output::Json(bytes) => Rendered::Text(finish(bytes, false)),
        Output::Inspect => Rendered::Inspect,
    })
}

/// The bytes with room for the line break: growing a megabyte by one byte copies it.
fn with_room(bytes: Cow<'_, [u8]>) -> Vec<u8> {
    match bytes {
        Cow::Owned(bytes) => bytes,
        Cow::Borrowed(bytes) => {
            let mut owned = Vec::with_capacity(bytes.len() + 1);
            owned.extend_from_slice(bytes);
            owned
        }
    }
}

fn finish(mut bytes: Vec<u8>, surrogates: bool) -> Text {
    bytes.push(b'\n');
    if bytes.is_ascii() {
        return Text::Ascii(bytes);
    }
    if surrogates {
        return Text::Utf16(string::to_utf16(&bytes));
    }
    // Everything came out of a valid `str`, cut at characters.
    String::from_utf8(bytes).map_or_else(|error| Text::Utf16(string::to_utf16(error.as_bytes())), Text::Utf8)
}

fn not_json(source: &str) -> Error {
    let shown: String = source.chars().take(80).collect();
    Error::new(
        ErrorCode::ServerProtocol,
        format!("the server's result is not JSON, it begins {shown:?}; report it to the server's author"),
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
