//! Signals: blocked before any fork, read from a signalfd, reset before exec.
#![expect(unsafe_code, reason = "signal masks, dispositions, signalfd and kill have no safe form in std")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;

/// A set of signals.
pub(super) fn full_set() -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the call fills the set.
    unsafe { libc::sigfillset(set.as_mut_ptr()) };
    // SAFETY: filled above.
    unsafe { set.assume_init() }
}

fn empty_set() -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the call fills the set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: filled above.
    unsafe { set.assume_init() }
}

/// Blocks every signal that can be blocked, in this thread.
pub fn block_all() {
    let set = full_set();
    // SAFETY: the set lives through the call; the old mask is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut()) };
}

/// Blocks none.
pub fn unblock_all() {
    let set = empty_set();
    // SAFETY: the set lives through the call; the old mask is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut()) };
}

/// Runs `action` while this thread has a signal blocked.
pub fn with_blocked<T>(signal: i32, action: impl FnOnce() -> T) -> T {
    let mut set = empty_set();
    let mut before = empty_set();
    // SAFETY: the set is valid; a wrong number is refused.
    unsafe { libc::sigaddset(&raw mut set, signal) };
    // SAFETY: both sets live through the call.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before) };
    let result = action();
    // SAFETY: the set lives through the call; the mask that it replaces is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
    result
}

/// Discards these signals from now on.
pub fn ignore(signals: &[i32]) {
    for signal in signals {
        // SAFETY: SIG_IGN runs no code of ours.
        unsafe { libc::signal(*signal, libc::SIG_IGN) };
    }
}

/// Gives every signal its default action, as a program expects at its start.
pub fn reset_all() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL runs no code of ours; KILL, STOP and the two of libc refuse, which is right.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// A non-blocking descriptor that these (blocked) signals are read from.
///
/// # Errors
/// What `signalfd(2)` says.
pub fn descriptor(signals: &[i32]) -> io::Result<OwnedFd> {
    let mut set = empty_set();
    for signal in signals {
        // SAFETY: the set is valid; a wrong number is refused.
        unsafe { libc::sigaddset(&raw mut set, *signal) };
    }
    // SAFETY: the set lives through the call; -1 asks for a new descriptor.
    let number =
        check(unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) })?;
    // SAFETY: the kernel just made this descriptor and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// The next signal that is pending on a descriptor, if any.
#[must_use]
pub fn next(signalfd: BorrowedFd<'_>) -> Option<i32> {
    let mut info = MaybeUninit::<libc::signalfd_siginfo>::zeroed();
    let size = size_of::<libc::signalfd_siginfo>();
    // SAFETY: `info` has room for `size` bytes and is exclusive for the call.
    let count = unsafe { libc::read(signalfd.as_raw_fd(), info.as_mut_ptr().cast(), size) };
    if usize::try_from(count).ok()? != size {
        return None;
    }
    // SAFETY: the kernel filled the whole structure.
    i32::try_from(unsafe { info.assume_init() }.ssi_signo).ok()
}

/// Signals an un-reaped child of this process: its number cannot belong to another.
///
/// # Errors
/// What `kill(2)` says; EINVAL for a number that is no child's.
pub fn kill_child(pid: i32, signal: i32) -> io::Result<()> {
    if pid <= 1 {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: takes integers and touches no memory.
    check(unsafe { libc::kill(pid, signal) }).map(drop)
}

/// Signals a process group that an un-reaped child of this process belongs to, in one step against fork.
///
/// # Errors
/// What `kill(2)` says; EINVAL for a number that is no group's.
pub fn kill_group(group: i32, signal: i32) -> io::Result<()> {
    if group <= 1 {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: takes integers and touches no memory.
    check(unsafe { libc::kill(-group, signal) }).map(drop)
}

/// Whether a process group has members.
#[must_use]
pub fn is_group(group: i32) -> bool {
    // Signal 0 reaches nobody; EPERM too means that there is somebody.
    !kill_group(group, 0).is_err_and(|error| error.raw_os_error() == Some(libc::ESRCH))
}

/// The name of a signal as JavaScript spells it.
#[must_use]
pub fn name(signal: i32) -> String {
    const NAMES: [(i32, &str); 31] = [
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGINT, "SIGINT"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGTRAP, "SIGTRAP"),
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGKILL, "SIGKILL"),
        (libc::SIGUSR1, "SIGUSR1"),
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGUSR2, "SIGUSR2"),
        (libc::SIGPIPE, "SIGPIPE"),
        (libc::SIGALRM, "SIGALRM"),
        (libc::SIGTERM, "SIGTERM"),
        (libc::SIGSTKFLT, "SIGSTKFLT"),
        (libc::SIGCHLD, "SIGCHLD"),
        (libc::SIGCONT, "SIGCONT"),
        (libc::SIGSTOP, "SIGSTOP"),
        (libc::SIGTSTP, "SIGTSTP"),
        (libc::SIGTTIN, "SIGTTIN"),
        (libc::SIGTTOU, "SIGTTOU"),
        (libc::SIGURG, "SIGURG"),
        (libc::SIGXCPU, "SIGXCPU"),
        (libc::SIGXFSZ, "SIGXFSZ"),
        (libc::SIGVTALRM, "SIGVTALRM"),
        (libc::SIGPROF, "SIGPROF"),
        (libc::SIGWINCH, "SIGWINCH"),
        (libc::SIGIO, "SIGIO"),
        (libc::SIGPWR, "SIGPWR"),
        (libc::SIGSYS, "SIGSYS"),
    ];
    NAMES
        .iter()
        .find(|(number, _)| *number == signal)
        .map_or_else(|| format!("SIG{signal}"), |(_, name)| (*name).to_owned())
}
