//! The text that `mcporter call server.tool` prints for a tool's result, made from the raw bytes. Pure.
//!
//! | module | owns |
//! |---|---|
//! | `envelope` | mcporter's rules: which part of a result is printed, and as what |
//! | `printed` | as what a result is printed |
//! | `collected` | what the blocks of a result hold |
//! | `candidate` | values that may be printed as JSON |
//! | `tape` | `JSON.parse`: what it accepts, as spans instead of values |
//! | `string` | JavaScript strings as bytes, lone surrogates included |
//! | `print` | `JSON.stringify(value, null, 2)` |
//!
//! `isError` changes nothing of the text: mcporter prints such results like any other and only its exit code differs.

mod candidate;
mod collected;
mod envelope;
mod print;
mod printed;
mod string;
mod tape;

use std::borrow::Cow;
use std::ops::Range;

use self::printed::Output;
use self::tape::{Kind, Tape};
use crate::model::{Error, ErrorCode, Result};

/// Longest string that V8 makes, in characters; `JSON.stringify` throws beyond, and mcporter falls back to `util.inspect`.
const MAX_LENGTH: usize = 536_870_888;

/// From here on a text is left where it stands, if it can be: fresh memory for a copy costs more than the copy.
const WORTH_LEAVING: usize = 16 * 1024;

/// What is printed, its final line break included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// Text that was made here.
    Text(Text),
    /// ASCII that stands here in the result as it is printed, but that a quote stands where the final line break belongs. Long texts only.
    InPlace(Range<usize>),
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

/// A tool's result as its caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    /// What is printed.
    pub text: Rendered,
    /// The tool said `isError: true`.
    pub is_error: bool,
}

/// Renders the raw JSON of a `result`; a text never stays where it stands.
///
/// # Errors
/// `ERR_SERVER_PROTOCOL` when it is not JSON.
pub fn render(result: &[u8]) -> Result<Rendered> {
    Ok(match render_in_place(result)?.text {
        Rendered::InPlace(span) => Rendered::Text(finish(with_room(Cow::Borrowed(&result[span])))),
        made => made,
    })
}

/// Renders the raw JSON of a `result`, with as little copied as possible.
///
/// # Errors
/// As [`render`].
pub fn render_in_place(result: &[u8]) -> Result<Rendering> {
    // Known once, this spares four other looks at every byte.
    let is_ascii = result.is_ascii();
    let source = if is_ascii { Cow::Borrowed(result) } else { valid(result) };
    let tape = Tape::parse(&*source, false).ok_or_else(|| not_json(&source))?;
    let says_error = |place| tape.kind(place) == Kind::Bool && tape.token(place) == b"true";
    let is_error = tape.get(Tape::ROOT, "isError").is_some_and(says_error);
    let text = match envelope::output(&tape) {
        Output::Text(text) => match place_of(&text, result).filter(|_| is_ascii) {
            Some(span) => Rendered::InPlace(span),
            None => Rendered::Text(finish(with_room(text))),
        },
        Output::Json(bytes) => Rendered::Text(finish(bytes)),
        Output::Inspect => Rendered::Inspect,
    };
    Ok(Rendering { text, is_error })
}

/// The bytes as UTF-8, for whatever reads them as a `str`.
fn valid(bytes: &[u8]) -> Cow<'_, [u8]> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Where a long text stands in the result, if it is a whole string of it.
fn place_of(text: &[u8], result: &[u8]) -> Option<Range<usize>> {
    let start = (text.as_ptr() as usize).checked_sub(result.as_ptr() as usize)?;
    let end = start.checked_add(text.len())?;
    (text.len() >= WORTH_LEAVING && result.get(end) == Some(&b'"')).then_some(start..end)
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

fn finish(mut bytes: Vec<u8>) -> Text {
    bytes.push(b'\n');
    if bytes.is_ascii() {
        return Text::Ascii(bytes);
    }
    // Everything came out of valid UTF-8, cut at characters; only lone surrogates are none.
    String::from_utf8(bytes).map_or_else(|error| Text::Utf16(string::to_utf16(error.as_bytes())), Text::Utf8)
}

/// The error for a result that is no JSON, worded once for everybody who finds that out; what it begins with is enough.
#[must_use]
pub fn not_json(source: &[u8]) -> Error {
    let shown: String = String::from_utf8_lossy(source).chars().take(80).collect();
    Error::new(
        ErrorCode::ServerProtocol,
        format!("the server's result is not JSON, it begins {shown:?}; report it to the server's author"),
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
