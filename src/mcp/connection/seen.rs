//! What a connection saw, for whoever judges its server: numbers, signs of life, and what was said beside the protocol.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Connection;
use crate::mcp::reply::RequestId;

/// What a connection saw that nobody was called for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// Requests in flight, without those that stay open for as long as the server lives.
    pub pending: usize,
    /// Bytes that wait for the server to read its stdin.
    pub queued_bytes: usize,
    /// Answers to requests that were settled before: late or repeated ones.
    pub late_answers: u64,
    /// Answers to requests that were never made.
    pub unknown_answers: u64,
    /// Lines on stdout that were no MCP message.
    pub junk_lines: u64,
}

/// Counters that the reader writes and anybody reads.
#[derive(Debug, Default)]
pub(super) struct Seen {
    late_answers: AtomicU64,
    unknown_answers: AtomicU64,
    /// How often stdout had something to read.
    pub(super) reads: AtomicU64,
    /// Requests that were answered.
    pub(super) answers: AtomicU64,
}

impl Connection {
    /// What was seen so far.
    #[must_use]
    pub fn counts(&self) -> ConnectionCounts {
        ConnectionCounts {
            pending: self.pending.len(),
            queued_bytes: self.outbox.lock().queued_bytes(),
            late_answers: self.seen.late_answers.load(Ordering::Relaxed),
            unknown_answers: self.seen.unknown_answers.load(Ordering::Relaxed),
            junk_lines: self.diagnosis.lock().junk_count(),
        }
    }

    /// How often the server's stdout had something to read. One that grows is a sign of life, without a clock on the path of a call.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.seen.reads.load(Ordering::Relaxed)
    }

    /// Requests that the server answered, with an error too.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.seen.answers.load(Ordering::Relaxed)
    }

    /// The last whole lines of stderr, lossy where it is not UTF-8.
    #[must_use]
    pub fn stderr_tail(&self) -> String {
        self.diagnosis.lock().stderr_tail()
    }

    /// The last lines on stdout that were no MCP message.
    #[must_use]
    pub fn junk_tail(&self) -> Vec<String> {
        self.diagnosis.lock().junk().map(str::to_owned).collect()
    }

    /// What the server said beside the protocol, as the end of a sentence; empty if it said nothing.
    #[must_use]
    pub fn quote(&self) -> String {
        self.diagnosis.lock().quote()
    }

    /// The server's name, for messages.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.config.server
    }

    /// Counts an answer that nobody waits for.
    pub(super) fn count_stray(&self, id: RequestId) {
        let ours = id > 0 && id < self.next_id.load(Ordering::Relaxed);
        let counter = if ours { &self.seen.late_answers } else { &self.seen.unknown_answers };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
