//! The few questions that loading asks of a file system.

use std::io;
use std::path::Path;

/// A file system, or a test's idea of one.
pub trait Files {
    /// The whole content of a file.
    ///
    /// # Errors
    /// Whatever the system says; `NotFound` means that there is no such file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether something is there, readable or not.
    fn exists(&self, path: &Path) -> bool;

    /// Whether a regular file is there, links followed.
    fn is_file(&self, path: &Path) -> bool;
}

/// The machine's own file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
}

#[cfg(test)]
impl Files for std::collections::BTreeMap<std::path::PathBuf, String> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn exists(&self, path: &Path) -> bool {
        self.contains_key(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.contains_key(path)
    }
}
