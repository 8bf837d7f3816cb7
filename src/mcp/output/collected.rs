//! What the blocks of a result hold, and which of it is printed when no block is JSON by itself.

use std::borrow::Cow;

use super::candidate::{Candidate, parse, unwrapped};
use super::envelope::Envelope;
use super::print;
use super::printed::Output;
use super::tape::{Place, Tape};

/// What the blocks of a result hold.
#[derive(Default)]
pub(super) struct Collected<'a> {
    texts: Vec<Cow<'a, [u8]>>,
    markdown: Vec<Cow<'a, [u8]>>,
    pub(super) candidates: Vec<Candidate<'a>>,
}

impl<'a> Collected<'a> {
    pub(super) fn of(result: &'a Tape<'_>, parts: &Envelope) -> Self {
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
    pub(super) fn print(self, structured: Option<Cow<'a, [u8]>>) -> Output<'a> {
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
