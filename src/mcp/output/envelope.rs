//! Which part of a result is printed, and as what: the rules of mcporter 0.12 (`createCallResult` and its `auto` format), followed to the
//! letter, surprises included.
//!
//! First of JSON → Markdown → text → `util.inspect`:
//!
//! - **JSON**: `structuredContent` (unwrapped from `json`, or from `data` where that is its only key), else every block of text that
//!   parses as JSON and is not `null` — one as itself, several as an array —, else the joined text if it parses.
//! - **Markdown**: blocks of type `markdown` and resources with a Markdown type, joined by line breaks.
//! - **Text**: text, Markdown and resources, joined by line breaks; a blob is named, not shown.
//!
//! `content` and `structuredContent` are also looked for under `raw` and `result`, two levels deep.

use std::borrow::Cow;

use super::candidate::{Candidate, parse, print_all, unwrapped};
use super::collected::Collected;
use super::printed::Output;
use super::tape::{Kind, Place, Tape};

/// Levels of `raw` and `result` that are opened.
const NESTED_ENVELOPES: usize = 2;

/// Decides for a result.
pub(super) fn output<'a>(result: &'a Tape<'_>) -> Output<'a> {
    match result.kind(Tape::ROOT) {
        Kind::Null => return Output::Text(Cow::Borrowed(b"null")),
        Kind::String => return bare_string(result),
        Kind::Object => {}
        Kind::Bool | Kind::Number | Kind::Array => return Output::Inspect,
    }
    let mut parts = Envelope::default();
    parts.open(result, Tape::ROOT, 0);
    if let Some(structured) = parts.structured.and_then(|place| structured(result, place)) {
        return print_all(result, &[structured]);
    }
    let collected = Collected::of(result, &parts);
    if !collected.candidates.is_empty() {
        return print_all(result, &collected.candidates);
    }
    collected.print(parts.structured.and_then(|place| result.string(place)))
}

fn bare_string<'a>(result: &'a Tape<'_>) -> Output<'a> {
    let text = result.string(Tape::ROOT).unwrap_or_default();
    match parse(text.clone()) {
        Some(value) => print_all(result, &[Candidate::Parsed(value)]),
        None => Output::Text(text),
    }
}

fn structured<'a>(result: &'a Tape<'_>, place: Place) -> Option<Candidate<'a>> {
    match result.kind(place) {
        Kind::String => parse(result.string(place)?).map(Candidate::Parsed),
        Kind::Array => Some(Candidate::Part(place)),
        Kind::Object => Some(Candidate::Part(unwrapped(result, place).unwrap_or(place))),
        Kind::Null | Kind::Bool | Kind::Number => None,
    }
}

/// Where content and structured content stand.
#[derive(Default)]
pub(super) struct Envelope {
    pub(super) content: Option<Place>,
    structured: Option<Place>,
}

impl Envelope {
    fn open(&mut self, result: &Tape<'_>, place: Place, depth: usize) {
        if self.content.is_none() {
            self.content =
                result.get(place, "content").filter(|&content| result.kind(content) == Kind::Array);
        }
        if self.structured.is_none() {
            // `null` does not end the search in envelopes further in.
            self.structured =
                result.get(place, "structuredContent").filter(|&value| result.kind(value) != Kind::Null);
        }
        if depth == NESTED_ENVELOPES {
            return;
        }
        for name in ["raw", "result"] {
            if let Some(inner) = result.get(place, name) {
                self.open(result, inner, depth + 1);
            }
        }
    }
}
