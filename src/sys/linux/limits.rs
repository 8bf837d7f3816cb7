//! Resource limits of the calling process.
#![expect(unsafe_code, reason = "setrlimit and getrlimit take a raw structure")]

use std::io;

use super::check;

/// Limits how many processes the real user may have.
///
/// # Errors
/// What `setrlimit(2)` says.
pub fn limit_processes(count: u64) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: count, rlim_max: count };
    // SAFETY: the structure lives through the call.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit) }).map(drop)
}

/// How many descriptors this process may have open.
#[must_use]
pub fn open_files() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is valid and exclusive for the call.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    limit.rlim_cur
}
