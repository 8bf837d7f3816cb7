//! What the layer above hears of a call.

use super::call_table::Listed;
use crate::mcp::output::Rendered;
use crate::mcp::reply::Reply;
use crate::model::Result;

/// A successful answer of the server; the tool itself may still say that it failed.
#[derive(Debug)]
pub struct Answer {
    /// The text of a tool's result; `None` where nobody asked for it.
    pub output: Option<Rendered>,
    /// The raw result.
    pub reply: Reply,
    /// The tool said `isError`.
    pub is_error: bool,
}

/// How a call ended.
#[derive(Debug)]
pub struct Settled {
    /// The number that `begin` gave.
    pub number: u64,
    /// What came of it.
    pub outcome: Result<Answer>,
    /// First process of the instance that served it.
    pub pid: Option<i32>,
    /// From the grant of the slot, milliseconds.
    pub duration_ms: f64,
    /// Tries made.
    pub attempts: u32,
    /// Dropped when the caller has heard of the end.
    #[expect(dead_code, reason = "only its drop counts")]
    pub(crate) listed: Listed,
}

/// Who is told. Called from any thread, with no lock held; must not block.
pub trait CallSink: Send + Sync {
    /// The one and only end.
    fn settled(&self, settled: Settled);
    /// Raw `params` of a progress notification.
    fn progress(&self, number: u64, params: &[u8]);
    /// The server asks before it answers: a raw JSON object of questions. Only for a request that takes input.
    fn input_required(&self, number: u64, round: u32, questions: &str) {
        let _ = (number, round, questions);
    }
}

/// An entry of `getActiveProcesses()`.
#[derive(Debug, Clone)]
pub struct ActiveCall {
    /// The number that `begin` gave.
    pub number: u64,
    /// First process of the instance that serves it, once there is one.
    pub pid: Option<i32>,
    /// A configured name.
    pub server: String,
    /// The tool, or the method of another request.
    pub tool: String,
    /// Milliseconds since the epoch.
    pub start_time: f64,
    /// Milliseconds.
    pub duration: f64,
    /// `stdio` or `http`.
    pub transport: &'static str,
}
