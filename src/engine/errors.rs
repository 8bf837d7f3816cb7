//! The engine's own errors, worded once.

use super::call::Call;
use crate::model::{Error, ErrorCode};

/// The caller took longer than its timeout.
pub(super) fn timed_out(call: &Call) -> Error {
    let elapsed = call.started.elapsed().as_millis();
    let message = format!(
        "{} timed out after {elapsed} ms; raise timeoutMs, or look at what the server is doing",
        subject(call)
    );
    about(Error::new(ErrorCode::CallTimeout, message).retryable(), call)
}

/// The caller's signal fired.
pub(super) fn aborted(call: &Call) -> Error {
    about(Error::new(ErrorCode::Aborted, format!("{} was aborted by its caller", subject(call))), call)
}

/// The engine does not take work any more.
pub(super) fn closed() -> Error {
    Error::new(ErrorCode::Closed, "procman was shut down; call configure() to open it again")
}

fn subject(call: &Call) -> String {
    format!("the call of {}.{}", call.request.server, call.request.question.label())
}

fn about(error: Error, call: &Call) -> Error {
    error.detail("server", call.request.server.as_str()).detail("tool", call.request.question.label())
}
