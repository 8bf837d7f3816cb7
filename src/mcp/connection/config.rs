//! The bounds of one connection.

/// Bounds of one connection. All in bytes.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// The server's name, for messages.
    pub server: String,
    /// The longest line that is accepted from the server.
    pub max_message_bytes: usize,
    /// How much may wait for a server that does not read its stdin.
    pub max_queued_bytes: usize,
    /// How much of stderr is kept.
    pub stderr_tail_bytes: usize,
}

impl ConnectionConfig {
    /// 64 MiB a line, 64 MiB waiting, 8 KiB of stderr.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            max_message_bytes: 64 << 20,
            max_queued_bytes: 64 << 20,
            stderr_tail_bytes: 8 << 10,
        }
    }
}
