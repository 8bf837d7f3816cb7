//! What a process sets about itself.
#![expect(unsafe_code, reason = "prctl, setsid, setpgid, umask and setrlimit touch the whole process")]

use std::ffi::CStr;
use std::io;

use super::check;

/// Adopts every descendant whose parent dies.
///
/// # Errors
/// What `prctl(2)` says.
pub fn become_subreaper() -> io::Result<()> {
    // SAFETY: takes integers and touches no memory.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }).map(drop)
}

/// Asks for a signal when the parent thread dies. The caller compares [`parent`] with the expected pid afterwards: a parent that died
/// before the call sends nothing.
///
/// # Errors
/// What `prctl(2)` says.
pub fn signal_on_parent_death(signal: i32) -> io::Result<()> {
    // SAFETY: takes integers and touches no memory.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal, 0, 0, 0) }).map(drop)
}

/// The kernel's `comm`; 15 bytes of it are kept.
pub fn set_name(name: &CStr) {
    // SAFETY: the name is NUL-terminated and outlives the call.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
}

/// The parent's pid at this moment.
#[must_use]
pub fn parent() -> i32 {
    // SAFETY: cannot fail and touches no memory.
    unsafe { libc::getppid() }
}

/// The own pid.
#[must_use]
pub fn own_pid() -> i32 {
    // SAFETY: cannot fail and touches no memory.
    unsafe { libc::getpid() }
}

/// The session of a process, 0 for oneself.
///
/// # Errors
/// ESRCH when there is none.
pub fn session_of(pid: i32) -> io::Result<i32> {
    // SAFETY: takes an integer and touches no memory.
    check(unsafe { libc::getsid(pid) })
}

/// The process group of a process, 0 for oneself.
///
/// # Errors
/// ESRCH when there is none.
pub fn group_of(pid: i32) -> io::Result<i32> {
    // SAFETY: takes an integer and touches no memory.
    check(unsafe { libc::getpgid(pid) })
}

/// Starts a session of one's own.
///
/// # Errors
/// EPERM when the process leads a group already.
pub fn new_session() -> io::Result<()> {
    // SAFETY: touches no memory.
    check(unsafe { libc::setsid() }).map(drop)
}

/// Starts a process group of one's own.
///
/// # Errors
/// EPERM when the process leads a session.
pub fn new_group() -> io::Result<()> {
    // SAFETY: takes integers and touches no memory.
    check(unsafe { libc::setpgid(0, 0) }).map(drop)
}

/// Joins a process group of this session.
///
/// # Errors
/// EPERM when the session has no such group.
pub fn join_group(group: i32) -> io::Result<()> {
    // SAFETY: takes integers and touches no memory.
    check(unsafe { libc::setpgid(0, group) }).map(drop)
}

/// Sets the file mode creation mask.
pub fn set_umask(mask: u32) {
    // SAFETY: cannot fail and touches no memory.
    unsafe { libc::umask(mask) };
}

/// The effective user id.
#[must_use]
pub fn effective_uid() -> u32 {
    // SAFETY: cannot fail and touches no memory.
    unsafe { libc::geteuid() }
}
