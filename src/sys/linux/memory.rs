//! How much memory one process uses: `statm` from a descriptor that is kept, `smaps_rollup` when it must be exact.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;

use super::clock;

/// An open `/proc/<pid>/statm`. The kernel binds it to the process and not to its number: when that process is reaped, reading fails,
/// even if another one has the number by then.
#[derive(Debug)]
pub struct MemoryFile {
    file: File,
}

impl MemoryFile {
    /// Opens it for whoever has the number now.
    ///
    /// # Errors
    /// What `open(2)` says; ENOENT when nobody has the number.
    pub fn open(pid: i32) -> io::Result<Self> {
        Ok(Self { file: File::open(format!("/proc/{pid}/statm"))? })
    }

    /// Resident bytes, shared pages included. Zero for a process that ended and was not reaped yet.
    ///
    /// # Errors
    /// ESRCH when it is gone; `InvalidData` for a line of an unknown form.
    pub fn resident(&self) -> io::Result<u64> {
        let mut buffer = [0; 128];
        let size = self.file.read_at(&mut buffer, 0)?;
        let pages = std::str::from_utf8(&buffer[..size])
            .ok()
            .and_then(|line| line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok());
        pages.map(|pages| pages * clock::page_size()).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// The process's share: a page that n processes map counts as one n-th. Walks the page tables: milliseconds for gigabytes.
///
/// # Errors
/// What `open(2)` and `read(2)` say: EACCES for a process that may not be traced, ENOENT before Linux 4.14.
pub fn proportional(pid: i32) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let kilobytes = text
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|value| value.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_share_is_no_more_than_what_is_resident() {
        let own = std::process::id().cast_signed();
        let resident = MemoryFile::open(own).unwrap().resident().unwrap();
        let share = proportional(own).unwrap();
        // The second is measured later, by threads of a test run that allocate meanwhile.
        assert!(share > 0 && share < resident + (64 << 20), "{share} of {resident}");
    }

    #[test]
    fn reaped_process_has_no_memory_even_if_its_file_is_open() {
        #[expect(clippy::disallowed_methods, reason = "a test starts its own victim")]
        let mut child =
            std::process::Command::new("/bin/cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let file = MemoryFile::open(child.id().cast_signed()).unwrap();
        assert!(file.resident().is_ok());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(file.resident().unwrap_err().raw_os_error(), Some(libc::ESRCH));
    }
}
