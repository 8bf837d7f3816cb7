//! `*.mcp.sock`: the name that a server leaves in the file system when it does not live to remove it.
//!
//! | what the file is | the kernel says | verdict |
//! |---|---|---|
//! | no socket, or another user's | – | keep |
//! | a socket, changed in the last ten seconds | – | keep: between `bind` and `listen` nobody answers |
//! | a socket | a socket was bound by this name, or by one that may mean it | keep |
//! | a socket | a connection is refused | remove |
//! | a socket | anything else | keep |

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

use super::entry;
use crate::model::{Error, ErrorCode, FileSweepReport, LeftoverKind, Result};
use crate::sys::prctl;
use crate::sys::unix_sockets::{self, Answer};

/// What such files are called.
const SUFFIX: &str = ".mcp.sock";

/// A server that takes longer from `bind` to `listen` is not known.
const YOUNG: Duration = Duration::from_secs(10);

/// Looks at every such file in a folder, not below it.
pub(super) fn sweep(folder: &Path, dry_run: bool, report: &mut FileSweepReport) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let bound = unix_sockets::bound_names().map_err(|error| no_table(&error))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(SUFFIX)));
    paths.sort();
    for path in paths {
        match judge(&path, &bound) {
            Err(reason) => report.kept.push(entry(&path, LeftoverKind::Socket, reason)),
            Ok(_) if dry_run => report.removed.push(entry(&path, LeftoverKind::Socket, STALE)),
            Ok(judged) => match remove(&path, &judged) {
                Ok(()) => report.removed.push(entry(&path, LeftoverKind::Socket, STALE)),
                Err(error) => report.kept.push(entry(&path, LeftoverKind::Socket, &error.to_string())),
            },
        }
    }
    Ok(())
}

const STALE: &str = "nobody listens there";

/// The file that is nobody's, or why it is kept.
fn judge(path: &Path, bound: &[String]) -> std::result::Result<Metadata, &'static str> {
    // Not through a symlink: what it points to has a name of its own.
    let metadata = fs::symlink_metadata(path).map_err(|_| "it is gone, or hidden")?;
    if !metadata.file_type().is_socket() {
        return Err("it is no socket");
    }
    if metadata.uid() != prctl::effective_uid() {
        return Err("it belongs to another user");
    }
    let is_old = metadata.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > YOUNG));
    if !is_old {
        return Err("it is only just made: its server may be about to listen");
    }
    if bound.iter().any(|name| may_mean(name, path)) {
        return Err("a process has a socket of this name");
    }
    match unix_sockets::ask(path) {
        Answer::Nobody => Ok(metadata),
        Answer::Somebody => Err("somebody answers there"),
        Answer::Unknown => Err("the kernel does not say whether anybody listens there"),
    }
}

/// A name may have been given relative to a folder, or through another way to it.
fn may_mean(name: &str, path: &Path) -> bool {
    Path::new(name).file_name() == path.file_name()
}

/// Sets it aside first: a server that takes the name in this very moment gets its file back.
fn remove(path: &Path, judged: &Metadata) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    // Of the same kind, so that a sweep finds it should this process end here.
    aside.push(format!(".{}{SUFFIX}", std::process::id()));
    let aside = Path::new(&aside);
    fs::rename(path, aside)?;
    let now = fs::symlink_metadata(aside)?;
    let is_same = (now.ino(), now.dev()) == (judged.ino(), judged.dev());
    if !is_same || unix_sockets::ask(aside) != Answer::Nobody {
        fs::rename(aside, path)?;
        return Err(io::Error::other("somebody took the name just now"));
    }
    fs::remove_file(aside)
}

fn unreadable(folder: &Path, error: &io::Error) -> Error {
    let place = folder.display();
    let text = format!(
        "the folder {place} cannot be searched for sockets: {error}; name one that this user may read"
    );
    Error::new(ErrorCode::InvalidArgument, text).detail("folder", place.to_string())
}

fn no_table(error: &io::Error) -> Error {
    Error::new(ErrorCode::Native, format!("/proc/net/unix cannot be read: {error}; is /proc mounted?"))
}

#[cfg(test)]
#[path = "socket_files_tests.rs"]
mod tests;
