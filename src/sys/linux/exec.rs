//! Becoming another program.
#![expect(unsafe_code, reason = "execve and access take raw C strings")]

use std::ffi::{CStr, CString, c_char};
use std::io;

/// Replaces this process; returns only the reason why it could not.
#[must_use]
pub fn execve(path: &CStr, argv: &[CString], env: &[CString]) -> io::Error {
    let argv = pointers(argv);
    let env = pointers(env);
    // SAFETY: both arrays end with a null pointer and their strings outlive the call.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    io::Error::last_os_error()
}

/// Whether something is at this path.
#[must_use]
pub fn exists(path: &CStr) -> bool {
    // SAFETY: the path is NUL-terminated and outlives the call.
    unsafe { libc::access(path.as_ptr(), libc::F_OK) == 0 }
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
}
