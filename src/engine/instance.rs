//! One running server of a configured name.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::call_request::CallRequest;
use crate::mcp::config::ToolFilter;
use crate::mcp::connection::Connection;
use crate::mcp::handshake::Handshake;
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
    /// What it said of itself when it shook hands.
    pub(crate) handshake: Handshake,
    /// Which of its tools may be called.
    pub(crate) tools: ToolFilter,
    /// When it shook hands, for people.
    pub(crate) created: SystemTime,
    /// The same, for measuring.
    pub(crate) ready: Instant,
}

impl Instance {
    /// Whether the configuration lets this request through, in whichever form it calls a tool.
    ///
    /// # Errors
    /// `ERR_CONFIG` for a tool that `allowedTools` or `blockedTools` shuts out.
    pub(crate) fn allows(&self, request: &CallRequest) -> Result<()> {
        match request.called_tool() {
            Some(tool) if !self.tools.permits(&tool) => Err(self.shut_out(&tool)),
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
