//! Why a connection ended, in words. Pure.

use crate::model::pool_options::BYTES_PER_MB;
use crate::model::{Error, ErrorCode};

use super::diagnosis::Diagnosis;

/// What ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The process ended, the caller says how.
    Exited { code: Option<i32>, signal: Option<String> },
    /// The kernel killed it: its tree reached the ceiling behind its memory limit, both in bytes.
    KilledForMemory { limit: u64, ceiling: u64 },
    /// The server closed its stdout and nobody reported an exit.
    StdoutClosed,
    /// The server closed its stdin and nobody reported an exit.
    StdinClosed,
    /// A read failed; does not happen with pipes.
    ReadFailed(String),
    /// The loop that serves the connection was dropped.
    Abandoned,
}

impl Ending {
    /// The error that pending and later requests settle with.
    pub(super) fn error(&self, server: &str, diagnosis: &Diagnosis) -> Error {
        let (code, what) = match self {
            Self::Exited { code: Some(code), .. } => {
                (ErrorCode::ServerExited, format!("server '{server}' exited with code {code}"))
            }
            Self::Exited { signal: Some(signal), .. } => {
                (ErrorCode::ServerExited, format!("server '{server}' was ended by {signal}"))
            }
            Self::Exited { .. } => (ErrorCode::ServerExited, format!("server '{server}' exited")),
            Self::KilledForMemory { limit, ceiling } => (
                ErrorCode::ServerExited,
                format!(
                    "server '{server}' was killed by the kernel: its processes together reached {} MB, the ceiling behind its limit of {} MB; raise memoryLimitMB, or repair its leak",
                    ceiling / BYTES_PER_MB,
                    limit / BYTES_PER_MB,
                ),
            ),
            Self::StdoutClosed => (
                ErrorCode::ServerProtocol,
                format!(
                    "server '{server}' closed its stdout and kept running, so no answer can come; restart it"
                ),
            ),
            Self::StdinClosed => (
                ErrorCode::ServerProtocol,
                format!(
                    "server '{server}' closed its stdin and kept running, so no request can reach it; restart it"
                ),
            ),
            Self::ReadFailed(error) => (
                ErrorCode::Native,
                format!("reading the stdout of server '{server}' failed ({error}); restart it"),
            ),
            Self::Abandoned => (ErrorCode::Closed, format!("the connection to server '{server}' was closed")),
        };
        let error = Error::new(code, what + &diagnosis.quote())
            .detail("server", server)
            .detail("stderr", diagnosis.stderr_tail());
        match self {
            Self::Exited { code, signal } => error.detail("exitCode", *code).detail("signal", signal.clone()),
            Self::KilledForMemory { limit, ceiling } => error
                .detail("signal", "SIGKILL")
                .detail("cause", "memory")
                .detail("limitMB", limit / BYTES_PER_MB)
                .detail("ceilingMB", ceiling / BYTES_PER_MB),
            _ => error,
        }
    }
}
