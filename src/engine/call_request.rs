//! What a caller asked for.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::mcp::params::Params;
use crate::mcp::tasks;

/// What to ask the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// `tools/call`; the answer is rendered as text too.
    Tool {
        /// The tool's name.
        tool: Arc<str>,
    },
    /// Any other request; the answer stays raw.
    Method {
        /// The JSON-RPC method.
        method: Arc<str>,
    },
}

impl Question {
    /// What the list of active calls shows.
    pub fn label(&self) -> &str {
        match self {
            Self::Tool { tool } => tool,
            Self::Method { method } => method,
        }
    }
}

/// When a call may be sent a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryRule {
    /// Only while the server cannot have seen the request.
    NeverSent,
    /// Also when the tool says that it is idempotent or only reads.
    Annotated,
}

/// Where a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the pool behind the configured name.
    Named,
    /// To this pool.
    Pool(u64),
    /// To the instance of this lease.
    Lease(u64),
}

/// One call with its limits.
#[derive(Debug, Clone)]
pub struct CallRequest {
    /// Where it goes.
    pub target: Target,
    /// A configured name; for a pool or lease the engine fills in what the pool is called.
    pub server: Arc<str>,
    /// Calls of one session stay on one instance.
    pub session: Option<String>,
    /// What to ask.
    pub question: Question,
    /// Raw JSON: a tool's arguments, or a method's parameters.
    pub payload: Arc<Vec<u8>>,
    /// From the grant of the slot to the answer; `None`: for ever.
    pub timeout: Option<Duration>,
    /// Whatever progress says.
    pub max_total: Option<Duration>,
    /// Progress starts the timeout anew.
    pub reset_on_progress: bool,
    /// The caller wants to hear of progress.
    pub wants_progress: bool,
    /// The caller answers what the server asks before it answers.
    pub takes_input: bool,
    /// The text of the result is wanted too.
    pub render: bool,
    /// Tries after the first.
    pub max_retries: u32,
    /// When a try may follow.
    pub retry: RetryRule,
}

impl CallRequest {
    /// Method and params of the JSON-RPC request.
    pub(crate) fn parts(&self) -> (&str, Params<'_>) {
        match &self.question {
            Question::Method { method } => (method, self.payload.as_slice().into()),
            Question::Tool { tool } => ("tools/call", Params::Tool { name: tool, arguments: &self.payload }),
        }
    }

    /// The tool that it calls, also as a plain request of `tools/call`.
    pub(crate) fn called_tool(&self) -> Option<Cow<'_, str>> {
        match &self.question {
            Question::Tool { tool } => Some(Cow::Borrowed(tool)),
            Question::Method { method } if **method == *"tools/call" => {
                serde_json::from_slice::<NamedTool>(&self.payload).ok().map(|call| call.name.into())
            }
            Question::Method { .. } => None,
        }
    }

    /// The task that it is about.
    pub(crate) fn followed_task(&self) -> Option<String> {
        match &self.question {
            Question::Method { method } => tasks::followed(method, &self.payload),
            Question::Tool { .. } => None,
        }
    }
}

#[derive(Deserialize)]
struct NamedTool {
    name: String,
}
