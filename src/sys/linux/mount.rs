//! Where a path is mounted, and whether programs may run from there.
#![expect(unsafe_code, reason = "fstatvfs and faccessat have no safe form in std")]

use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::check;

/// Whether the file system of an open file refuses to run programs.
///
/// # Errors
/// What `fstatvfs(3)` says.
pub fn is_noexec(file: BorrowedFd<'_>) -> io::Result<bool> {
    let mut stat = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: `stat` is large enough and exclusive for the call.
    check(unsafe { libc::fstatvfs(file.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: all-zero bytes are a valid `statvfs`, and the call filled it.
    Ok(unsafe { stat.assume_init() }.f_flag & libc::ST_NOEXEC != 0)
}

/// Whether this process may use a path in these ways (`R_OK`, `W_OK`, `X_OK`), by its effective ids.
///
/// # Errors
/// What `faccessat(2)` says: EACCES where it may not.
pub fn may(path: &Path, modes: i32) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is NUL-terminated and outlives the call.
    check(unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), modes, libc::AT_EACCESS) }).map(drop)
}

/// One line of `/proc/self/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Which part of the file system is mounted.
    pub root: PathBuf,
    /// Where.
    pub point: PathBuf,
    /// The type of the file system.
    pub kind: String,
    /// The options of the file system itself, as `rw,memory`.
    pub options: String,
}

/// Every mount that this process sees.
#[must_use]
pub fn all() -> Vec<Mount> {
    std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default().lines().filter_map(parse).collect()
}

/// The mount that a path lies in.
#[must_use]
pub fn of(path: &Path) -> Option<Mount> {
    all()
        .into_iter()
        .filter(|mount| path.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.as_os_str().len())
}

/// `36 35 98:0 /root /point options tags… - type source options`.
fn parse(line: &str) -> Option<Mount> {
    let (place, kind) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let root = PathBuf::from(place.next()?.replace("\\040", " "));
    let point = PathBuf::from(place.next()?.replace("\\040", " "));
    let mut kind = kind.split(' ').map(str::to_owned);
    Some(Mount { root, point, kind: kind.next()?, options: kind.nth(1).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_tags_and_an_escaped_space_is_read() {
        let mount = parse("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw").unwrap();
        let options = "rw".to_owned();
        assert_eq!(
            mount,
            Mount { root: "/mnt1".into(), point: "/mnt 2".into(), kind: "ext3".into(), options }
        );
    }
}
