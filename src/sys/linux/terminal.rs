//! The controlling terminal and its foreground group.
#![expect(unsafe_code, reason = "tcgetpgrp and tcsetpgrp have no form in std")]

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

use super::check;

/// The controlling terminal of this process.
///
/// # Errors
/// ENXIO when it has none.
pub fn controlling() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open("/dev/tty")
}

/// The foreground group of a terminal.
///
/// # Errors
/// ENOTTY when this is no terminal, or not the controlling one of this process.
pub fn foreground(terminal: BorrowedFd<'_>) -> io::Result<i32> {
    // SAFETY: takes an integer and touches no memory.
    check(unsafe { libc::tcgetpgrp(terminal.as_raw_fd()) })
}

/// Gives a terminal to a group of this session. From a background group the caller must have SIGTTOU blocked.
///
/// # Errors
/// What `tcsetpgrp(3)` says: EPERM when the session has no such group.
pub fn set_foreground(terminal: BorrowedFd<'_>, group: i32) -> io::Result<()> {
    // SAFETY: takes integers and touches no memory.
    check(unsafe { libc::tcsetpgrp(terminal.as_raw_fd(), group) }).map(drop)
}
