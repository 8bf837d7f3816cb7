//! Files that outlive their owners: sockets of MCP servers, and lists of pids. Removed only if they are provably nobody's.

mod identities;
mod pids_file;
mod recorded;
mod socket_files;

use std::path::{Path, PathBuf};

pub use pids_file::PidsFile;
pub use recorded::recorded;

use crate::model::{FileSweepReport, LeftoverFile, LeftoverKind, Result};

/// Looks through folders for sockets and at lists of pids. `dry_run` removes nothing.
///
/// # Errors
/// `ERR_INVALID_ARGUMENT` for a folder or a list that cannot be read, `ERR_NATIVE` when `/proc` cannot.
pub fn sweep_files(folders: &[PathBuf], lists: &[PathBuf], dry_run: bool) -> Result<FileSweepReport> {
    let mut report = FileSweepReport::default();
    for folder in folders {
        socket_files::sweep(folder, dry_run, &mut report)?;
    }
    for list in lists {
        recorded::sweep(list, dry_run, &mut report)?;
    }
    Ok(report)
}

/// One line of the report.
fn entry(path: &Path, kind: LeftoverKind, reason: &str) -> LeftoverFile {
    LeftoverFile { path: path.to_string_lossy().into_owned(), kind, reason: reason.to_owned() }
}
