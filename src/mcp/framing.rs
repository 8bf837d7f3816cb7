//! Lines out of a stream of bytes. Pure; reads no descriptor and knows JSON only where a line is thrown away.
//!
//! The reader appends to [`Splitter::room`]; each byte is looked at once. A line over the cap is discarded as it
//! streams by, yet scanned, so that the request it answers can fail by name while its neighbours live. Memory stays below twice the
//! cap, and a big line takes its buffer along instead of leaving it allocated here.

use memchr::memchr;

use super::scan::{Found, Key, Scanner};

/// Room offered to a read. A pipe holds 64 KiB unless somebody grew it.
const CHUNK: usize = 64 * 1024;

/// From here on a line leaves with the buffer it was read into, uncopied.
const HAND_OVER: usize = 32 * 1024;

/// One line, without its end (`\n` or `\r\n`).
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// Still in the splitter's buffer.
    Short(&'a [u8]),
    /// Big enough to be given away.
    Long(Vec<u8>),
    /// Over the cap, gone.
    TooLong(TooLong),
}

/// What is known of a line that was discarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// Length of the line, bytes.
    pub(crate) bytes: u64,
    /// The request it answers, if it is an answer and names one of ours.
    pub(crate) answers: Option<u64>,
}

/// Cuts a stream into lines.
#[derive(Debug)]
pub(crate) struct Splitter {
    cap: usize,
    /// The data begins at `start`.
    buffer: Vec<u8>,
    start: usize,
    /// Up to here no line ends.
    searched: usize,
    discarding: Option<Discard>,
}

impl Splitter {
    /// A splitter for lines of at most `cap` bytes.
    pub(crate) fn new(cap: usize) -> Self {
        Self { cap, buffer: Vec::new(), start: 0, searched: 0, discarding: None }
    }

    /// Where the next bytes go: to be appended to, no more of them than it has capacity for, which is never none.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        if self.start == self.buffer.len() {
            self.empty();
        }
        if self.buffer.capacity() - self.buffer.len() < CHUNK / 2 {
            self.make_room();
        }
        &mut self.buffer
    }

    /// The next complete line, if there is one. To be called until it says `None`.
    pub(crate) fn next_frame(&mut self) -> Option<Frame<'_>> {
        let Some(length) = memchr(b'\n', &self.buffer[self.searched..]) else {
            self.searched = self.buffer.len();
            if self.discarding.is_some() || self.buffer.len() - self.start > self.cap {
                self.discard_partial();
            }
            return None;
        };
        let end = self.searched + length;
        let line = self.start..end;
        self.start = end + 1;
        self.searched = end + 1;
        if self.discarding.is_some() || line.len() > self.cap {
            let mut discard = self.discarding.take().unwrap_or_default();
            discard.feed(&self.buffer[line]);
            return Some(Frame::TooLong(discard.finish()));
        }
        if line.len() >= HAND_OVER {
            return Some(Frame::Long(self.take_out(line)));
        }
        Some(Frame::Short(without_cr(&self.buffer[line])))
    }

    /// Bytes held, for tests of the bound.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.buffer.capacity()
    }

    fn empty(&mut self) {
        self.buffer.clear();
        (self.start, self.searched) = (0, 0);
    }

    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        if self.buffer.capacity() - self.buffer.len() < CHUNK / 2 {
            let longest = self.cap.saturating_add(2 * CHUNK);
            let capacity = (self.buffer.capacity() * 2).clamp(CHUNK, longest).max(self.buffer.len() + CHUNK);
            self.buffer.reserve_exact(capacity - self.buffer.len());
        }
    }

    fn take_out(&mut self, line: std::ops::Range<usize>) -> Vec<u8> {
        if line.start > 0 {
            return without_cr(&self.buffer[line]).to_vec();
        }
        let rest = self.buffer[self.start..].to_vec();
        let mut taken = std::mem::replace(&mut self.buffer, rest);
        taken.truncate(without_cr(&taken[line]).len());
        (self.start, self.searched) = (0, 0);
        taken
    }

    fn discard_partial(&mut self) {
        let discard = self.discarding.get_or_insert_default();
        discard.feed(&self.buffer[self.start..]);
        self.empty();
        if self.buffer.capacity() > 2 * CHUNK {
            self.buffer = Vec::new();
        }
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A line in the middle of being thrown away.
#[derive(Debug, Default)]
struct Discard {
    scanner: Scanner,
    malformed: bool,
    bytes: u64,
}

impl Discard {
    fn feed(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.malformed = self.malformed || self.scanner.feed(bytes).is_err();
    }

    fn finish(self) -> TooLong {
        let found = if self.malformed { None } else { self.scanner.finish().ok() };
        TooLong { bytes: self.bytes, answers: found.filter(is_answer).and_then(|found| found.own_id()) }
    }
}

fn is_answer(found: &Found) -> bool {
    !found.has(Key::Method) && (found.has(Key::Result) || found.has(Key::Error))
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
