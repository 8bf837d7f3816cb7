//! The environment that a process was started with, as the kernel shows it. It is evidence and no identity: a process may overwrite it.

use std::io;

/// Reads it: `KEY=value` entries, each with a NUL behind it. Empty for kernel threads and for what is dead.
///
/// # Errors
/// What `open(2)` and `read(2)` say: EACCES for a process of another user, and for one of the same that lets nobody look into it.
pub fn read(pid: i32) -> io::Result<Vec<u8>> {
    std::fs::read(format!("/proc/{pid}/environ"))
}

/// Whether one of the entries is exactly this one.
#[must_use]
pub fn has_entry(environ: &[u8], entry: &[u8]) -> bool {
    !entry.is_empty() && environ.split(|byte| *byte == 0).any(|candidate| candidate == entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_matched_whole() {
        let environ = b"A=1\0COOKIE=abc\0LAST=x\0";
        assert!(has_entry(environ, b"COOKIE=abc") && has_entry(environ, b"LAST=x"));
        for part in [&b"COOKIE=ab"[..], b"OOKIE=abc", b"COOKIE=abcd", b"COOKIE", b"", b"A=1\0COOKIE=abc"] {
            assert!(!has_entry(environ, part), "{}", String::from_utf8_lossy(part));
        }
    }
}
