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

use super::print;
use super::string;
use super::tape::{Kind, Place, Tape, plainly_no_json};

/// Levels of `raw` and `result` that are opened.
const NESTED_ENVELOPES: usize = 2;

/// What is printed, without the final line break.
pub(super) enum Output<'a> {
    Text(Cow<'a, [u8]>),
    /// Printed JSON.
    Json(Vec<u8>),
    Inspect,
}

/// A value that is a candidate for JSON.
enum Candidate<'a> {
    /// A part of the result.
    Part(Place),
    /// A text that parsed.
    Parsed(Tape<'a>),
}

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

/// `JSON.parse`, where `null` counts as nothing.
fn parse(text: Cow<'_, [u8]>) -> Option<Tape<'_>> {
    // A look at both ends, before the look at every byte.
    let surrogates = !plainly_no_json(&text) && string::has_surrogates(&text);
    Tape::parse(text, surrogates).filter(|value| value.kind(Tape::ROOT) != Kind::Null)
}

fn structured<'a>(result: &'a Tape<'_>, place: Place) -> Option<Candidate<'a>> {
    match result.kind(place) {
        Kind::String => parse(result.string(place)?).map(Candidate::Parsed),
        Kind::Array => Some(Candidate::Part(place)),
        Kind::Object => Some(Candidate::Part(unwrapped(result, place).unwrap_or(place))),
        Kind::Null | Kind::Bool | Kind::Number => None,
    }
}

/// What `json`, or a lonely `data`, wraps; `None` for `null` and for an object that wraps nothing.
fn unwrapped(result: &Tape<'_>, place: Place) -> Option<Place> {
    let wrapped = match result.get(place, "json") {
        Some(json) => json,
        None => {
            let data = result.get(place, "data")?;
            let lonely = result.entries(place).all(|(key, _)| result.is_string(key, "data"));
            if lonely { data } else { place }
        }
    };
    (result.kind(wrapped) != Kind::Null).then_some(wrapped)
}

/// Where content and structured content stand.
#[derive(Default)]
struct Envelope {
    content: Option<Place>,
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

/// What the blocks of a result hold.
#[derive(Default)]
struct Collected<'a> {
    texts: Vec<Cow<'a, [u8]>>,
    markdown: Vec<Cow<'a, [u8]>>,
    candidates: Vec<Candidate<'a>>,
}

impl<'a> Collected<'a> {
    fn of(result: &'a Tape<'_>, parts: &Envelope) -> Self {
        let mut collected = Self::default();
        if let Some(contents) = result.get(Tape::ROOT, "contents") {
            result.elements(contents).for_each(|resource| collected.add_resource(result, resource));
        }
        if let Some(content) = parts.content {
            result.elements(content).for_each(|block| collected.add_block(result, block));
        }
        collected
    }

    fn add_block(&mut self, result: &'a Tape<'_>, block: Place) {
        if let Some(text) = result.string(block) {
            return self.add_candidate(text);
        }
        let Some(kind) = result.get(block, "type").and_then(|kind| result.string(kind)) else { return };
        match &*kind {
            b"json" => self.candidates.extend(unwrapped(result, block).map(Candidate::Part)),
            b"resource" => {
                if let Some(resource) = result.get(block, "resource") {
                    self.add_resource(result, resource);
                }
            }
            b"text" | b"markdown" => {
                let text = result.get(block, "text").and_then(|text| result.string(text));
                let Some(text) = text.filter(|text| !text.is_empty()) else { return };
                if &*kind == b"markdown" {
                    self.markdown.push(text.clone());
                }
                self.texts.push(text.clone());
                self.add_candidate(text);
            }
            _ => {}
        }
    }

    fn add_resource(&mut self, result: &'a Tape<'_>, resource: Place) {
        let string = |name| result.get(resource, name).and_then(|place| result.string(place));
        if let Some(text) = string("text") {
            let mime = string("mimeType").unwrap_or_default();
            if String::from_utf8_lossy(&mime).to_lowercase().contains("markdown") {
                self.markdown.push(text.clone());
            }
            self.texts.push(text.clone());
            self.add_candidate(text);
        } else if string("blob").is_some() {
            let uri = string("uri").unwrap_or_default();
            self.texts.push([b"[Binary resource: ", &*uri, b"]"].concat().into());
        }
    }

    fn add_candidate(&mut self, text: Cow<'a, [u8]>) {
        self.candidates.extend(parse(text).map(Candidate::Parsed));
    }

    /// No block is JSON by itself; blocks together may be.
    fn print(self, structured: Option<Cow<'a, [u8]>>) -> Output<'a> {
        let has_markdown = !self.markdown.is_empty();
        let joinable = self.texts.len() > 1 || self.markdown.len() > 1;
        let (text, markdown) = (join(self.texts), join(self.markdown));
        if joinable && let Some(value) = parse(text.clone()).or_else(|| parse(markdown.clone())) {
            return print_parsed(&value);
        }
        match structured {
            _ if has_markdown => Output::Text(markdown),
            _ if !text.is_empty() => Output::Text(text),
            Some(structured) => Output::Text(structured),
            None => Output::Inspect,
        }
    }
}

fn join(mut texts: Vec<Cow<'_, [u8]>>) -> Cow<'_, [u8]> {
    match texts.len() {
        0 => Cow::Borrowed(b""),
        1 => texts.remove(0),
        _ => Cow::Owned(texts.join(&b'\n')),
    }
}

fn print_parsed<'a>(value: &Tape<'_>) -> Output<'a> {
    let mut out = Vec::new();
    print::print(value, Tape::ROOT, 0, &mut out).map_or(Output::Inspect, |()| Output::Json(out))
}

/// One value as itself, several as an array.
fn print_all<'a>(result: &Tape<'_>, values: &[Candidate<'_>]) -> Output<'a> {
    let mut out = Vec::new();
    let several = usize::from(values.len() > 1);
    if several == 1 {
        out.push(b'[');
    }
    for (index, value) in values.iter().enumerate() {
        if several == 1 {
            print::begin_line(index > 0, several, &mut out);
        }
        let printed = match value {
            Candidate::Part(place) => print::print(result, *place, several, &mut out),
            Candidate::Parsed(tape) => print::print(tape, Tape::ROOT, several, &mut out),
        };
        if printed.is_err() {
            return Output::Inspect;
        }
    }
    if several == 1 {
        out.extend_from_slice(b"\n]");
    }
    Output::Json(out)
}
