//! What a request settles with, and the traits of those who wait for it. Does no I/O.

use std::ops::Range;
use std::sync::Arc;

use super::scan::{self, Key};
use crate::model::Result;

/// The number of a request on its connection; never used twice on it.
pub type RequestId = u64;

/// A successful answer: the bytes of `result` as the server wrote them, unknown fields and key order kept. They are not validated
/// beyond their brackets, and not guaranteed to be UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    bytes: Vec<u8>,
    result: Range<usize>,
}

impl Reply {
    pub(crate) fn copied(result: &[u8]) -> Self {
        Self { bytes: result.to_vec(), result: 0..result.len() }
    }

    pub(crate) fn within(bytes: Vec<u8>, result: Range<usize>) -> Self {
        Self { bytes, result }
    }

    /// The raw JSON of `result`.
    #[must_use]
    pub fn result(&self) -> &[u8] {
        &self.bytes[self.result.clone()]
    }

    /// Whether a tool said `isError: true` of its own result. Scans, does not parse.
    #[must_use]
    pub fn is_error(&self) -> bool {
        let result = self.result();
        let flag = scan::scan(result).ok().and_then(|found| found.span(Key::IsError));
        flag.is_some_and(|span| &result[span] == b"true")
    }
}

/// Who waits for an answer. Called from whichever thread settles the request, with no lock held; must not block.
pub trait ReplySink: Send {
    /// The one and only outcome.
    fn settle(self: Box<Self>, outcome: Result<Reply>);
}

impl<F: FnOnce(Result<Reply>) + Send> ReplySink for F {
    fn settle(self: Box<Self>, outcome: Result<Reply>) {
        self(outcome);
    }
}

/// Who wants to hear of a request's progress. Called on the thread that reads; one last call may still run while another thread settles
/// the request.
pub trait ProgressSink: Send + Sync {
    /// The raw `params` of a `notifications/progress`; their `progressToken` is the connection's own.
    fn progress(&self, params: &[u8]);
}

/// Who hears what the server says unasked. Called on the thread that reads; must not block.
pub trait Listener: Send + Sync {
    /// A notification other than progress, with its raw `params` (empty where there were none).
    fn notification(&self, method: &str, params: &[u8]);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deaf;

impl Listener for Deaf {
    fn notification(&self, _method: &str, _params: &[u8]) {}
}

/// What a request asks for besides its answer.
#[derive(Clone, Default)]
pub struct RequestOptions {
    /// Attaches a progress token and hears what the server says of it. Servers that nobody listens to are not asked for progress.
    pub progress: Option<Arc<dyn ProgressSink>>,
    /// The request waits for the caller's flush of the connection, so that several of one moment share a system call.
    pub hold: bool,
}
