//! What a server said beside the protocol: the tail of stderr, and lines on stdout that are none of it. Quoted when something fails.

use std::collections::VecDeque;

/// Lines on stdout that were not MCP are quoted up to here, bytes.
const JUNK_LINE: usize = 200;
const JUNK_LINES: usize = 5;

/// How much of stderr a message quotes; `details.stderr` has the whole tail. Bytes.
const QUOTED: usize = 600;

/// Bounded memory of what was said.
#[derive(Debug)]
pub(super) struct Diagnosis {
    limit: usize,
    stderr: VecDeque<u8>,
    /// Something was dropped, so the first line is a fragment.
    cut: bool,
    junk: VecDeque<String>,
    junk_count: u64,
}

impl Diagnosis {
    /// Keeps at most `limit` bytes of stderr.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, stderr: VecDeque::new(), cut: false, junk: VecDeque::new(), junk_count: 0 }
    }

    pub(super) fn add_stderr(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(self.limit)..];
        let excess = (self.stderr.len() + kept.len()).saturating_sub(self.limit);
        self.cut |= excess > 0 || kept.len() < bytes.len();
        self.stderr.drain(..excess.min(self.stderr.len()));
        self.stderr.extend(kept);
    }

    pub(super) fn add_junk(&mut self, line: &[u8]) {
        self.junk_count += 1;
        if line.is_empty() {
            return;
        }
        if self.junk.len() == JUNK_LINES {
            self.junk.pop_front();
        }
        let shown = &line[..line.len().min(JUNK_LINE)];
        self.junk.push_back(String::from_utf8_lossy(shown).trim_end().to_owned());
    }

    pub(super) fn junk_count(&self) -> u64 {
        self.junk_count
    }

    pub(super) fn junk(&self) -> impl Iterator<Item = &str> {
        self.junk.iter().map(String::as_str)
    }

    /// The last whole lines of stderr.
    pub(super) fn stderr_tail(&self) -> String {
        let bytes: Vec<u8> = self.stderr.iter().copied().collect();
        whole_lines(&bytes, self.cut)
    }

    /// A sentence fragment for a message, empty if nothing was said.
    pub(super) fn quote(&self) -> String {
        let mut quote = String::new();
        let tail = self.stderr_tail();
        if !tail.is_empty() {
            let cut = tail.len() > QUOTED;
            let shown = whole_lines(&tail.as_bytes()[tail.len().saturating_sub(QUOTED)..], cut);
            quote.push_str(&format!("; its stderr ends: {shown}"));
        }
        if !self.junk.is_empty() {
            let lines = self.junk.iter().map(|line| format!("{line:?}")).collect::<Vec<_>>().join(", ");
            quote.push_str(&format!(
                "; {} line(s) on its stdout were no MCP message, the last: {lines}",
                self.junk_count
            ));
        }
        quote
    }
}

/// Drops a leading fragment, unless the fragment is all there is.
fn whole_lines(bytes: &[u8], cut: bool) -> String {
    let newline = bytes.iter().position(|&byte| byte == b'\n').filter(|&at| cut && at + 1 < bytes.len());
    let lines = newline.map_or(bytes, |at| &bytes[at + 1..]);
    String::from_utf8_lossy(lines).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_bounded_and_starts_at_a_line() {
        let mut diagnosis = Diagnosis::new(20);
        diagnosis.add_stderr(b"first line\nsecond line\n");
        assert_eq!(diagnosis.stderr_tail(), "second line");
        diagnosis.add_stderr(&[b'x'; 1 << 20]);
        assert_eq!(diagnosis.stderr_tail(), "x".repeat(20));
        diagnosis.add_stderr(b"\n\xff\xfeend");
        assert_eq!(diagnosis.stderr_tail(), "\u{fffd}\u{fffd}end");
    }

    #[test]
    fn a_tail_that_was_never_cut_is_whole() {
        let mut diagnosis = Diagnosis::new(100);
        diagnosis.add_stderr(b"one\ntwo\n");
        assert_eq!(diagnosis.stderr_tail(), "one\ntwo");
    }

    #[test]
    fn junk_is_counted_and_its_last_lines_kept() {
        let mut diagnosis = Diagnosis::new(100);
        for number in 0..9 {
            diagnosis.add_junk(format!("line {number}").as_bytes());
        }
        assert_eq!(diagnosis.junk_count(), 9);
        assert_eq!(diagnosis.junk().collect::<Vec<_>>(), ["line 4", "line 5", "line 6", "line 7", "line 8"]);
        assert!(diagnosis.quote().contains("9 line(s)"));
    }
}
