//! The guard's program, held open: an upgrade in mid-run cannot put another version behind the same path.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::model::{Error, ErrorCode, Result};
use crate::sys::{fd, mount};

/// An opened guard program that this process may run.
#[derive(Debug)]
pub struct GuardBinary {
    file: OwnedFd,
    path: PathBuf,
}

impl GuardBinary {
    /// Opens the program.
    ///
    /// # Errors
    /// [`ErrorCode::Guard`] when it is missing, not executable, or on a file system that runs no programs.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = open_path(path).map_err(|error| unreadable(path, &error))?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(guard_error(
                path,
                format!("the guard {} is not a file; reinstall the package", path.display()),
            ));
        }
        if mount::is_noexec(file.as_fd()).unwrap_or(false) {
            return Err(noexec(path));
        }
        mount::may(path, libc::X_OK).map_err(|error| not_executable(path, &error))?;
        let file = fd::out_of_the_way(file).map_err(|error| unreadable(path, &error))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Where it was when it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsFd for GuardBinary {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// To run a program one need not be able to read it.
fn open_path(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(path)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let place = path.display();
    let text = if error.kind() == io::ErrorKind::NotFound {
        format!(
            "the guard is not at {place}; reinstall the package without --omit=optional, or build it with `npm run build`"
        )
    } else {
        format!("the guard {place} cannot be opened: {error}; let this user enter every folder above it")
    };
    guard_error(path, text)
}

fn not_executable(path: &Path, error: &io::Error) -> Error {
    let place = path.display();
    guard_error(path, format!("the guard {place} may not be run: {error}; run `chmod +x {place}`"))
}

fn noexec(path: &Path) -> Error {
    let place = path.display();
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let point = mount::of(&real).map_or_else(|| PathBuf::from("/"), |mount| mount.point);
    let text = format!(
        "the guard {place} may not be run: the file system at {} is mounted noexec; install the package elsewhere, or \
         run `mount -o remount,exec {}`",
        point.display(),
        point.display()
    );
    guard_error(path, text).detail("mount", point.to_string_lossy().into_owned())
}

pub(super) fn guard_error(path: &Path, text: String) -> Error {
    Error::new(ErrorCode::Guard, text).detail("path", path.to_string_lossy().into_owned())
}
