//! `JSON.parse` without values: accepts exactly what it accepts and notes where everything stands. Needs no stack however deep the text is.

use std::borrow::Cow;

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
        let nodes =
            Parser { source: &source, at: 0, nodes: Vec::new(), open: Vec::new(), surrogates }.run()?;
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

struct Parser<'a> {
    source: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// Containers that are not closed yet.
    open: Vec<Place>,
    surrogates: bool,
}

impl Parser<'_> {
    fn run(mut self) -> Option<Vec<Node>> {
        loop {
            let opened = self.value()?;
            if opened && !self.try_close() {
                self.key_if_object()?;
                continue;
            }
            loop {
                let Some(&container) = self.open.last() else {
                    self.skip_space();
                    return (self.at == self.source.len()).then_some(self.nodes);
                };
                if self.try_close() {
                    continue;
                }
                debug_assert!(container < self.nodes.len());
                self.expect(b',')?;
                self.key_if_object()?;
                break;
            }
        }
    }

    /// One scalar, or the beginning of a container (`true`).
    fn value(&mut self) -> Option<bool> {
        self.skip_space();
        match *self.source.get(self.at)? {
            b'"' => self.string()?,
            b'{' => return Some(self.open(Kind::Object)),
            b'[' => return Some(self.open(Kind::Array)),
            b't' => self.literal(b"true", Kind::Bool)?,
            b'f' => self.literal(b"false", Kind::Bool)?,
            b'n' => self.literal(b"null", Kind::Null)?,
            _ => self.number()?,
        }
        Some(false)
    }

    fn key_if_object(&mut self) -> Option<()> {
        let container = *self.open.last()?;
        if self.nodes[container].kind == Kind::Object {
            self.skip_space();
            if self.source.get(self.at) != Some(&b'"') {
                return None;
            }
            self.string()?;
            self.expect(b':')?;
        }
        Some(())
    }

    fn open(&mut self, kind: Kind) -> bool {
        self.open.push(self.nodes.len());
        self.push(kind, self.at, self.at + 1, false);
        self.at += 1;
        true
    }

    /// Closes the innermost container if its bracket comes next.
    fn try_close(&mut self) -> bool {
        self.skip_space();
        let Some(&place) = self.open.last() else { return false };
        let bracket = if self.nodes[place].kind == Kind::Object { b'}' } else { b']' };
        if self.source.get(self.at) != Some(&bracket) {
            return false;
        }
        self.at += 1;
        self.open.pop();
        self.nodes[place].next = narrow(self.nodes.len());
        true
    }

    fn string(&mut self) -> Option<()> {
        let start = self.at + 1;
        let mut at = start;
        let mut escapes = false;
        loop {
            at += string::interruption(self.source.get(at..)?)?;
            match self.source[at] {
                b'"' => break,
                b'\\' => {
                    escapes = true;
                    at += escape_length(&self.source[at..])?;
                }
                _ => return None,
            }
        }
        let inside = &self.source[start..at];
        let plain = !escapes && (!self.surrogates || inside.is_ascii());
        self.push(Kind::String, start, at, plain);
        self.at = at + 1;
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        self.skip_byte(b'-');
        if !self.skip_byte(b'0') {
            self.digits()?;
        }
        if self.skip_byte(b'.') {
            self.digits()?;
        }
        if self.skip_byte(b'e') || self.skip_byte(b'E') {
            let _ = self.skip_byte(b'+') || self.skip_byte(b'-');
            self.digits()?;
        }
        self.push(Kind::Number, start, self.at, false);
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let rest = self.source.get(self.at..)?;
        let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += count;
        (count > 0).then_some(())
    }

    fn literal(&mut self, text: &[u8], kind: Kind) -> Option<()> {
        let end = self.at + text.len();
        if self.source.get(self.at..end)? != text {
            return None;
        }
        self.push(kind, self.at, end, false);
        self.at = end;
        Some(())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, plain: bool) {
        let next = narrow(self.nodes.len() + 1);
        self.nodes.push(Node { kind, plain, start: narrow(start), end: narrow(end), next });
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        self.skip_byte(byte).then_some(())
    }

    fn skip_byte(&mut self, byte: u8) -> bool {
        let there = self.source.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn skip_space(&mut self) {
        while self.source.get(self.at).is_some_and(|&byte| is_space(byte)) {
            self.at += 1;
        }
    }
}

/// A place in a source that was found to be short enough; there are no more nodes than bytes.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn escape_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => bytes.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}
