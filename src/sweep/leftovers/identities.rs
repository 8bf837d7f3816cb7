//! Who had the numbers of a list of pids: `pid:startToken:bootId:list` a line, in `.identities` beside it.
//!
//! Scripts that remove a list do not know of this file, so each line says of which list it is: one that was made anew is another. A line that is none,
//! because a disk was full, says nothing.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::pids_file::lines;
use crate::model::{ProcessIdentity, Result};

/// Those of one list.
#[derive(Debug, Default)]
pub(super) struct Identities(Vec<ProcessIdentity>);

impl Identities {
    /// Reads those of `list`; a missing file is empty.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a file that cannot be read.
    pub(super) fn read(file: &Path, list: &Path) -> Result<Self> {
        let list = name_of(list);
        let of_list = |(_, line): (usize, String)| parse(&line).filter(|(_, of)| *of == list);
        Ok(Self(lines(file, true)?.into_iter().filter_map(of_list).map(|(identity, _)| identity).collect()))
    }

    /// Everybody who had this number when it was recorded.
    pub(super) fn of(&self, pid: i32) -> Vec<ProcessIdentity> {
        self.0.iter().filter(|identity| identity.pid == pid).cloned().collect()
    }

    /// As it stands in the file.
    pub(super) fn line(identity: &ProcessIdentity, list: &Path) -> String {
        let ProcessIdentity { pid, start_token, boot_id } = identity;
        format!("{pid}:{start_token}:{boot_id}:{}\n", name_of(list))
    }
}

/// What tells a list from a later one in its place.
fn name_of(list: &Path) -> String {
    let Ok(metadata) = fs::metadata(list) else { return String::new() };
    let born = metadata.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}.{}", metadata.ino(), born.as_nanos())
}

fn parse(line: &str) -> Option<(ProcessIdentity, String)> {
    let mut parts = line.split(':');
    let pid = parts.next()?.parse().ok()?;
    let (start_token, boot_id) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let list = parts.next()?.to_owned();
    let is_whole = parts.next().is_none() && !start_token.is_empty();
    is_whole.then_some((ProcessIdentity { pid, start_token, boot_id }, list))
}
