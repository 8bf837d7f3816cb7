//! Forking a single-threaded process, with a pidfd of the child in the same step.
#![expect(unsafe_code, reason = "clone has no safe form")]

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;

use super::check_long;

/// Which side of a fork this is.
#[derive(Debug)]
pub enum Fork {
    /// The new process.
    Child,
    /// The old process, with its child.
    Parent {
        /// The child's number.
        pid: i32,
        /// A hold on the child.
        pidfd: OwnedFd,
    },
}

/// A child that announces its death by SIGCHLD.
///
/// # Errors
/// EBUSY when this process has several threads (the child would have one, and the locks of the others), else what `clone(2)` says.
pub fn plain() -> io::Result<Fork> {
    clone(libc::SIGCHLD)
}

/// A child that announces nothing: its pidfd tells of its death. While it is alive, a wait without `__WALL` does not see it, so
/// [`super::wait::Which::Adopted`] can prove that nothing *else* is left.
///
/// # Errors
/// As for [`plain`].
pub fn quiet() -> io::Result<Fork> {
    clone(0)
}

fn clone(exit_signal: i32) -> io::Result<Fork> {
    if std::fs::metadata("/proc/self/task")?.nlink() > 3 {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    let mut pidfd: RawFd = -1;
    let flags = libc::CLONE_PIDFD | exit_signal;
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: without CLONE_VM the child has a copy of everything; one thread means that no lock of libc is held by another.
    let result = unsafe { libc::syscall(libc::SYS_clone, flags, none, &raw mut pidfd, none, none) };
    match check_long(result)? {
        0 => Ok(Fork::Child),
        // SAFETY: the kernel wrote a descriptor that nobody else owns.
        pid => Ok(Fork::Parent { pid, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } }),
    }
}

/// Ends the process at once: no destructors, no exit handlers. For the child side of a fork.
pub fn leave(code: i32) -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(code) }
}
