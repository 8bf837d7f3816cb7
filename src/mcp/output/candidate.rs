//! Values of a result that may be printed as JSON.

use std::borrow::Cow;

use super::print;
use super::printed::Output;
use super::string;
use super::tape::{Kind, Place, Tape, plainly_no_json};

/// A value that is a candidate for JSON.
pub(super) enum Candidate<'a> {
    /// A part of the result.
    Part(Place),
    /// A text that parsed.
    Parsed(Tape<'a>),
}

/// `JSON.parse`, where `null` counts as nothing.
pub(super) fn parse(text: Cow<'_, [u8]>) -> Option<Tape<'_>> {
    // A look at both ends, before the look at every byte.
    let surrogates = !plainly_no_json(&text) && string::has_surrogates(&text);
    Tape::parse(text, surrogates).filter(|value| value.kind(Tape::ROOT) != Kind::Null)
}

/// What `json`, or a lonely `data`, wraps; `None` for `null` and for an object that wraps nothing.
pub(super) fn unwrapped(result: &Tape<'_>, place: Place) -> Option<Place> {
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

/// One value as itself, several as an array.
pub(super) fn print_all<'a>(result: &Tape<'_>, values: &[Candidate<'_>]) -> Output<'a> {
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
