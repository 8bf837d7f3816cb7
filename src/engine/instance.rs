//! One running server of a configured name.

use std::sync::Arc;
use std::time::SystemTime;

use super::call_request::Question;
use crate::mcp::config::ToolFilter;
use crate::mcp::connection::Connection;
use crate::mcp::session::Session;
use crate::model::{Error, ErrorCode, Result};

/// A server process that has shaken hands.
pub(crate) struct Instance {
    /// Its configured name.
    pub(crate) server: String,
    /// The unit that it runs in.
    pub(crate) unit: u64,
    /// Its first process.
    pub(crate) pid: i32,
    /// Its streams.
    pub(crate) connection: Arc<Connection>,
    /// What its callers share of it.
    pub(crate) session: Arc<Session>,
    /// Which of its tools may be called.
    pub(crate) tools: ToolFilter,
    /// What its connection had answered when it was ready: the handshake.
    pub(crate) answers_when_ready: u64,
    /// When it shook hands, for people.
    pub(crate) created: SystemTime,
}

impl Instance {
    /// Whether the configuration lets this question through.
    ///
    /// # Errors
    /// `ERR_CONFIG` for a tool that `allowedTools` or `blockedTools` shuts out.
    pub(crate) fn allows(&self, question: &Question) -> Result<()> {
        match question {
            Question::Tool { tool } if !self.tools.permits(tool) => Err(self.shut_out(tool)),
            _ => Ok(()),
        }
    }

    fn shut_out(&self, tool: &str) -> Error {
        let message = format!(
            "tool '{tool}' of server '{}' is shut out by allowedTools or blockedTools; change the server's entry to call it",
            self.server
        );
        Error::new(ErrorCode::Config, message).detail("server", self.server.as_str()).detail("tool", tool)
    }
}
