//! What a request settles with, and the traits of those who wait for it. Does no I/O.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::log_level::LogLevel;
use super::scan::{self, Key};
use crate::model::Result;

/// The number of a request on its connection; never used twice on it.
pub type RequestId = u64;

/// What a result of the 2026-07-28 protocol is; results of older ones are always complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReplyKind {
    /// The answer.
    #[default]
    Complete,
    /// The server asks for something before it answers.
    InputRequired,
    /// The server works on it; ask for the task.
    Task,
}

/// A successful answer: the bytes of `result` as the server wrote them, unknown fields and key order kept. They are not validated
/// beyond their brackets, and not guaranteed to be UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    bytes: Vec<u8>,
    result: Range<usize>,
    kind: ReplyKind,
}

impl Reply {
    pub(crate) fn copied(result: &[u8]) -> Self {
        Self::within(result.to_vec(), 0..result.len())
    }

    pub(crate) fn within(bytes: Vec<u8>, result: Range<usize>) -> Self {
        Self { bytes, result, kind: ReplyKind::Complete }
    }

    /// Reads `resultType`, which only a server of the 2026-07-28 protocol means as we do.
    ///
    /// # Errors
    /// The raw JSON of a type that nobody defined.
    pub(crate) fn typed(mut self) -> std::result::Result<Self, String> {
        let result = self.result();
        let Some(span) = scan::scan(result).ok().and_then(|found| found.span(Key::ResultType)) else {
            return Ok(self);
        };
        self.kind = match &result[span.clone()] {
            b"\"complete\"" => ReplyKind::Complete,
            b"\"input_required\"" => ReplyKind::InputRequired,
            b"\"task\"" => ReplyKind::Task,
            unknown => return Err(String::from_utf8_lossy(&unknown[..unknown.len().min(80)]).into_owned()),
        };
        Ok(self)
    }

    /// Whether it is the answer, or a step on the way to it.
    #[must_use]
    pub fn kind(&self) -> ReplyKind {
        self.kind
    }

    /// The raw JSON of `result`.
    #[must_use]
    pub fn result(&self) -> &[u8] {
        &self.bytes[self.result.clone()]
    }

    /// The buffer that it stands in, and where.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, Range<usize>) {
        (self.bytes, self.result)
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

/// Something that the server asks its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerQuestion {
    /// What [`Connection::answer`](super::connection::Connection::answer) wants to hear; never used twice on a connection.
    pub number: u64,
    /// `sampling/createMessage`, `elicitation/create`, `roots/list`, …
    pub method: String,
    /// Raw JSON, or empty.
    pub params: Vec<u8>,
}

/// A JSON-RPC error, as we give one to a server.
#[derive(Debug, Serialize, Deserialize)]
pub struct RpcFault {
    /// JSON-RPC's number.
    pub code: i64,
    /// What happened.
    pub message: String,
    /// Whatever else is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
}

/// Who hears what the server says unasked. Called on the thread that reads; must not block.
pub trait Listener: Send + Sync {
    /// A notification other than progress, with its raw `params` (empty where there were none).
    fn notification(&self, method: &str, params: &[u8]);

    /// Whether questions of this method are answered here. Others are refused as unknown.
    fn answers(&self, method: &str) -> bool {
        let _ = method;
        false
    }

    /// A question that [`answers`](Self::answers) let through.
    fn question(&self, question: ServerQuestion) {
        let _ = question;
    }

    /// The server does not want to know any more, or is gone.
    fn question_withdrawn(&self, number: u64) {
        let _ = number;
    }
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
    /// The caller can answer `input_required`, and says so to a server of the 2026-07-28 protocol.
    pub takes_input: bool,
    /// How much such a server may say while it works on this.
    pub log_level: Option<LogLevel>,
    /// Stays open for as long as the server lives, and counts as no work.
    pub background: bool,
    /// A number from [`Connection::reserve`](super::connection::Connection::reserve), for a request whose first sign of life may come
    /// before the number is known otherwise.
    pub reserved: Option<RequestId>,
}
