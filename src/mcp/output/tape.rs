//! `JSON.parse` without values: accepts exactly what it accepts and notes where everything stands. Needs no stack however deep the text is.

mod parser;

use std::borrow::Cow;

use self::parser::Parser;
use super::string;
use crate::mcp::scan::is_space;

/// What a place on the tape holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// One value or key. A container is followed by what it holds: values, or keys and values in turn.
#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    /// A string that stands in the source as `JSON.stringify` would write it.
    plain: bool,
    /// In the source; of a string without its quotes.
    start: u32,
    end: u32,
    /// The place behind it and all it holds.
    next: u32,
}

/// A place on a tape.
pub(super) type Place = usize;

/// A parsed text.
#[derive(Debug)]
pub(super) struct Tape<'a> {
    source: Cow<'a, [u8]>,
    nodes: Vec<Node>,
}

impl<'a> Tape<'a> {
    /// The place of the whole value.
    pub(super) const ROOT: Place = 0;

    /// Parses a text, `None` where `JSON.parse` throws. `surrogates`: the text may hold lone ones.
    pub(super) fn parse(source: impl Into<Cow<'a, [u8]>>, surrogates: bool) -> Option<Self> {
        let source = source.into();
        // V8 has no strings of 4 GiB to parse.
        if plainly_no_json(&source) || u32::try_from(source.len()).is_err() {
            return None;
        }
        let nodes = Parser::new(&source, surrogates).run()?;
        Some(Self { source, nodes })
    }

    pub(super) fn kind(&self, place: Place) -> Kind {
        self.nodes[place].kind
    }

    /// The place behind a value.
    pub(super) fn next(&self, place: Place) -> Place {
        self.nodes[place].next as Place
    }

    /// A scalar as it stands in the source.
    pub(super) fn token(&self, place: Place) -> &[u8] {
        let node = self.nodes[place];
        &self.source[node.start as usize..node.end as usize]
    }

    /// Whether a string can be printed as it stands.
    pub(super) fn is_plain(&self, place: Place) -> bool {
        self.nodes[place].plain
    }

    /// The value of a string.
    pub(super) fn string(&self, place: Place) -> Option<Cow<'_, [u8]>> {
        let node = self.nodes[place];
        (node.kind == Kind::String).then(|| {
            if node.plain {
                Cow::Borrowed(self.token(place))
            } else {
                Cow::Owned(string::decode(self.token(place)))
            }
        })
    }

    /// The elements of an array; of anything else none.
    pub(super) fn elements(&self, place: Place) -> impl Iterator<Item = Place> {
        let end = if self.kind(place) == Kind::Array { self.next(place) } else { place + 1 };
        let mut at = place + 1;
        std::iter::from_fn(move || {
            let element = (at < end).then_some(at)?;
            at = self.next(element);
            Some(element)
        })
    }

    /// Keys and values of an object, duplicates included; of anything else none.
    pub(super) fn entries(&self, place: Place) -> impl Iterator<Item = (Place, Place)> {
        let end = if self.kind(place) == Kind::Object { self.next(place) } else { place + 1 };
        let mut at = place + 1;
        std::iter::from_fn(move || {
            let key = (at < end).then_some(at)?;
            at = self.next(key + 1);
            Some((key, key + 1))
        })
    }

    /// The value of a key; of a duplicate key the last.
    pub(super) fn get(&self, place: Place, name: &str) -> Option<Place> {
        let named = self.entries(place).filter(|&(key, _)| self.is_string(key, name));
        named.last().map(|(_, value)| value)
    }

    /// Whether a place holds this string.
    pub(super) fn is_string(&self, place: Place, text: &str) -> bool {
        self.string(place).is_some_and(|string| *string == *text.as_bytes())
    }
}

/// Looks at both ends only. Most texts of tools are prose, and prose should cost nothing.
pub(super) fn plainly_no_json(source: &[u8]) -> bool {
    let Some(&first) = source.iter().find(|&&byte| !is_space(byte)) else { return true };
    let last = source.iter().rfind(|&&byte| !is_space(byte)).copied().unwrap_or(first);
    match first {
        b'{' => last != b'}',
        b'[' => last != b']',
        b'"' => last != b'"',
        b't' | b'f' => last != b'e',
        b'n' => last != b'l',
        b'-' | b'0'..=b'9' => !last.is_ascii_digit(),
        _ => true,
    }
}
