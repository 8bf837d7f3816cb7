//! Sealed memory files: how more than a frame travels between processes, unchangeable once sent.
#![expect(unsafe_code, reason = "memfd_create and the seals have no safe form in std")]

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use super::check;

const SEALS: libc::c_int = libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;

/// A memory file with these bytes, sealed against every change.
///
/// # Errors
/// What `memfd_create(2)`, `write(2)` or `fcntl(2)` say.
pub fn sealed(bytes: &[u8]) -> io::Result<OwnedFd> {
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    // SAFETY: the name is a NUL-terminated literal.
    let number = check(unsafe { libc::memfd_create(c"procman".as_ptr(), flags) })?;
    // SAFETY: the kernel just made this descriptor and nobody else owns it.
    let mut file = unsafe { File::from_raw_fd(number) };
    file.write_all(bytes)?;
    // SAFETY: F_ADD_SEALS takes an int and touches no memory.
    check(unsafe { libc::fcntl(number, libc::F_ADD_SEALS, SEALS) })?;
    Ok(file.into())
}

/// What a sealed memory file holds.
///
/// # Errors
/// EPERM when it is not sealed (its sender could still change it), else what `read(2)` says.
pub fn read(fd: OwnedFd) -> io::Result<Vec<u8>> {
    // SAFETY: F_GET_SEALS takes no argument and touches no memory.
    let seals = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GET_SEALS) })?;
    if seals & SEALS != SEALS {
        return Err(io::Error::from_raw_os_error(libc::EPERM));
    }
    // Not a copy of it: there may be no room for another descriptor.
    let file = File::from(fd);
    let size = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; size];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}
