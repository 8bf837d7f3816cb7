//! Reaping own children, with what they used. Never for the host, whose children are libuv's.
#![expect(unsafe_code, reason = "wait4 and waitid fill raw structures")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::{check, signal};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl ExitStatus {
    /// An exit code, or the name of a signal.
    #[must_use]
    pub fn parts(self) -> (Option<i32>, Option<String>) {
        match self {
            Self::Code(code) => (Some(code), None),
            Self::Signal(number) => (None, Some(signal::name(number))),
        }
    }
}

/// A child that was reaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reaped {
    /// Its number, free for others from now on.
    pub pid: i32,
    /// How it ended.
    pub status: ExitStatus,
    /// Largest resident set of it and of the children it waited for, bytes.
    pub max_rss_bytes: u64,
}

/// What there is to reap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reap {
    /// One child that was dead.
    One(Reaped),
    /// Children, none of them dead.
    NoneDead,
    /// The kernel's word that there is no child at all (ECHILD).
    NoChild,
}

/// Which children are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Every one.
    All,
    /// Those that announce their death by SIGCHLD: what was adopted, and not what was made by [`super::fork::quiet`].
    Adopted,
}

/// Reaps one dead child, if there is one; never waits.
///
/// # Errors
/// What `wait4(2)` says, except ECHILD.
pub fn reap(which: Which) -> io::Result<Reap> {
    let kinds = match which {
        Which::All => libc::__WALL,
        Which::Adopted => 0,
    };
    wait4(-1, kinds)
}

/// Reaps this child if it is dead; never waits.
///
/// # Errors
/// What `wait4(2)` says, except ECHILD.
pub fn reap_child(pid: i32) -> io::Result<Reap> {
    wait4(pid, libc::__WALL)
}

fn wait4(pid: i32, kinds: i32) -> io::Result<Reap> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both places are valid and exclusive for the call.
    let result = unsafe { libc::wait4(pid, &raw mut status, libc::WNOHANG | kinds, usage.as_mut_ptr()) };
    match check(result) {
        Ok(0) => Ok(Reap::NoneDead),
        Ok(pid) => {
            // SAFETY: all-zero bytes are a valid rusage, and the call filled it.
            let usage = unsafe { usage.assume_init() };
            let max_rss_bytes = u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024;
            Ok(Reap::One(Reaped { pid, status: decode(status), max_rss_bytes }))
        }
        Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(Reap::NoChild),
        Err(error) => Err(error),
    }
}

fn decode(status: i32) -> ExitStatus {
    if libc::WIFSIGNALED(status) {
        ExitStatus::Signal(libc::WTERMSIG(status))
    } else {
        ExitStatus::Code(libc::WEXITSTATUS(status))
    }
}

/// Whether an un-reaped child is dead; leaves it un-reaped.
#[must_use]
pub fn is_dead_child(pid: i32) -> bool {
    let Ok(id) = libc::id_t::try_from(pid) else { return false };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: `info` is valid and exclusive for the call.
    let result = unsafe { libc::waitid(libc::P_PID, id, info.as_mut_ptr(), flags) };
    // SAFETY: all-zero bytes are a valid siginfo; a pid of 0 means that nobody was dead.
    let info = unsafe { info.assume_init() };
    // SAFETY: waitid fills the part of the union that holds the pid.
    result == 0 && unsafe { info.si_pid() } == pid
}

/// Whether this is the number of an un-reaped child, dead or alive: nobody else can have it then.
#[must_use]
pub fn is_child(pid: i32) -> bool {
    let Ok(id) = libc::id_t::try_from(pid) else { return false };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: without a place for the answer the kernel writes none.
    unsafe { libc::waitid(libc::P_PID, id, std::ptr::null_mut(), flags) == 0 }
}

/// The signal that stopped a child, once for each time that it was stopped; never waits.
#[must_use]
pub fn stopped_by(pid: i32) -> Option<i32> {
    let id = libc::id_t::try_from(pid).ok()?;
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let flags = libc::WSTOPPED | libc::WNOHANG | libc::__WALL;
    // SAFETY: `info` is valid and exclusive for the call.
    let result = unsafe { libc::waitid(libc::P_PID, id, info.as_mut_ptr(), flags) };
    // SAFETY: all-zero bytes are a valid siginfo; a pid of 0 means that nothing was to be told.
    let info = unsafe { info.assume_init() };
    // SAFETY: waitid fills the part of the union that holds the pid.
    if result != 0 || unsafe { info.si_pid() } != pid {
        return None;
    }
    // SAFETY: waitid fills the part of the union that holds the status: the signal.
    Some(unsafe { info.si_status() })
}

/// Reaps the child behind a pidfd if it is dead: the form that a host may use, because it takes no other child.
///
/// # Errors
/// What `waitid(2)` says; ECHILD when it is no child or was reaped already.
pub fn reap_pidfd(pidfd: BorrowedFd<'_>) -> io::Result<Option<ExitStatus>> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let id = pidfd.as_raw_fd().unsigned_abs();
    let flags = libc::WEXITED | libc::WNOHANG | libc::__WALL;
    // SAFETY: `info` is valid and exclusive for the call.
    check(unsafe { libc::waitid(libc::P_PIDFD, id, info.as_mut_ptr(), flags) })?;
    // SAFETY: all-zero bytes are a valid siginfo, and the call filled it.
    let info = unsafe { info.assume_init() };
    // SAFETY: waitid fills the part of the union that holds the pid.
    if unsafe { info.si_pid() } == 0 {
        return Ok(None);
    }
    // SAFETY: waitid fills the part of the union that holds the status.
    let status = unsafe { info.si_status() };
    Ok(Some(if info.si_code == libc::CLD_EXITED {
        ExitStatus::Code(status)
    } else {
        ExitStatus::Signal(status)
    }))
}
