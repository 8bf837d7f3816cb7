//! The engine's own errors, worded once.

use std::io;

use super::call::Call;
use super::call_request::{CallRequest, Target};
use super::pool_hands::ServerPool;
use crate::model::pool_options::BYTES_PER_MB;
use crate::model::{Error, ErrorCode};
use crate::sys::prctl;

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

/// Somebody closed the server with calls in flight.
pub(super) fn server_closed(server: &str) -> Error {
    let message = format!("server '{server}' was closed by its host; the next call starts it again");
    Error::new(ErrorCode::Closed, message).detail("server", server)
}

/// A call to a pool or lease that is no more.
pub(super) fn pool_gone(request: &CallRequest) -> Error {
    match request.target {
        Target::Lease(_) => crate::pool::released(&request.server),
        Target::Pool(_) | Target::Named => no_pool(),
    }
}

/// The JavaScript side writes JSON; this is a bug of ours.
pub(super) fn bad_json(error: &serde_json::Error) -> Error {
    Error::new(ErrorCode::InvalidArgument, format!("options are no JSON: {error}; pass plain data"))
}

/// A pool that was shut down, or ended with its thread.
pub(super) fn no_pool() -> Error {
    Error::new(ErrorCode::Closed, "the pool was shut down; make a new one")
}

/// The guard died before the unit ran.
pub(super) fn guard_lost() -> Error {
    Error::new(
        ErrorCode::Guard,
        "the guard was lost before the command ran; try again, a new guard is started",
    )
    .retryable()
}

/// The kernel did not carry a request to the guard.
pub(super) fn guard_not_reached(error: &io::Error) -> Error {
    let next = match error.raw_os_error() {
        Some(libc::ETOOMANYREFS) => {
            "this user has more descriptors on their way between processes than its limit on open files; raise it (ulimit -n), or end what holds them"
        }
        _ => "this machine is short of memory for messages; stop something",
    };
    let message = format!(
        "the command was not started, its request did not reach the guard ({error}): {next}, and try again"
    );
    Error::new(ErrorCode::Native, message).detail("errno", error.raw_os_error()).retryable()
}

/// A guard of this very version did not understand us.
pub(super) fn malformed_request() -> Error {
    Error::new(ErrorCode::Guard, "the guard refused the request as malformed; this is a bug of procman")
}

/// The host itself has not what a unit needs: descriptors, memory, or the stream that is to be inherited.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn no_descriptors(error: io::Error) -> Error {
    let message = match error.raw_os_error() {
        Some(libc::EBADF) => format!(
            "the host has closed the stream that its unit is to inherit ({error}); give 'ignore' or 'pipe' in stdio for it"
        ),
        Some(libc::EFBIG) => format!(
            "the host may not write a file as large as the command with its environment ({error}); raise its limit on file sizes (ulimit -f)"
        ),
        _ => format!(
            "the host cannot open another pipe ({error}); raise its limit on open files, or stop something"
        ),
    };
    Error::new(ErrorCode::Native, message).detail("errno", error.raw_os_error())
}

/// The machine is at its limit of threads.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn no_thread(error: io::Error) -> Error {
    let message =
        format!("a thread that reads processes could not be started: {error}; raise the limit on threads");
    Error::new(ErrorCode::Native, message)
}

/// Guards stand on what Linux has and others have not.
pub(super) fn no_units() -> Error {
    let message = "the portable backend lists and stops processes, but runs no units and no servers; unset PROCMAN_BACKEND on Linux";
    Error::new(ErrorCode::Unsupported, message)
}

/// Every number that `/proc` shows is another process's here: what is read of one would be done to the other.
pub(super) fn foreign_proc(shown: Option<i32>) -> Error {
    let own = prctl::own_pid();
    let what = match shown {
        Some(shown) => format!(
            "shows the processes of another pid namespace: it calls this process {shown}, and the kernel {own}"
        ),
        None => format!("is missing, or shows the processes of a pid namespace without this process, {own}"),
    };
    let message = format!(
        "/proc {what}; mount one for this namespace (unshare --mount-proc, or mount -t proc proc /proc)"
    );
    Error::new(ErrorCode::Native, message).detail("pid", own).detail("shown", shown)
}

/// What reads `/proc` itself, and so would look past the backend that was chosen.
pub(super) fn needs_linux(what: &str) -> Error {
    let message = format!("the portable backend cannot {what}; unset PROCMAN_BACKEND on Linux");
    Error::new(ErrorCode::Unsupported, message)
}

/// The caller of a stop ended his wait for a unit.
pub(super) fn stop_aborted() -> Error {
    Error::new(ErrorCode::Aborted, "the stop was aborted; the guard goes on to end the unit")
}

/// A rule protects the target of a stop.
pub(super) fn kill_refused(pid: i32, rule: &str) -> Error {
    let message = format!("process {pid} is not stopped: it {rule}");
    Error::new(ErrorCode::KillRefused, message).detail("pid", pid).detail("rule", rule)
}

fn subject(call: &Call) -> String {
    format!("the call of {}.{}", call.request.server, call.request.question.label())
}

fn about(error: Error, call: &Call) -> Error {
    error.detail("server", call.request.server.as_ref()).detail("tool", call.request.question.label())
}

/// A server that has nothing to do leaves a ping unanswered.
pub(crate) fn unanswered(pool: &ServerPool) -> Error {
    let name = &*pool.name;
    let message = format!(
        "server '{name}' did not answer a ping while it had nothing to do and was stopped; the next call starts another one"
    );
    Error::new(ErrorCode::ServerProtocol, message).detail("server", name).retryable()
}

/// A server took far more memory than it may.
pub(crate) fn over_ceiling(pool: &ServerPool, bytes: u64) -> Error {
    let (name, used) = (&*pool.name, bytes / BYTES_PER_MB);
    let limit = pool.look(|state| state.settings().memory_limit) / BYTES_PER_MB;
    let message = format!(
        "server '{name}' used {used} MB, far more than its limit of {limit} MB, and was stopped before this call had ended; raise memoryLimitMB, or repair its leak"
    );
    Error::new(ErrorCode::ServerExited, message)
        .detail("server", name)
        .detail("memoryMB", used)
        .detail("limitMB", limit)
}
