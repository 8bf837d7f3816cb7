//! Makes the tape of a text: one pass, a list of open containers instead of a stack.

use super::{Kind, Node, Place};
use crate::mcp::output::string;
use crate::mcp::scan::is_space;

/// A pass over a text.
pub(super) struct Parser<'a> {
    source: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// Containers that are not closed yet.
    open: Vec<Place>,
    surrogates: bool,
}

impl<'a> Parser<'a> {
    /// At the beginning of a text of less than 4 GiB. `surrogates`: it may hold lone ones.
    pub(super) fn new(source: &'a [u8], surrogates: bool) -> Self {
        Self { source, at: 0, nodes: Vec::new(), open: Vec::new(), surrogates }
    }

    /// The nodes, `None` where `JSON.parse` throws.
    pub(super) fn run(mut self) -> Option<Vec<Node>> {
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
