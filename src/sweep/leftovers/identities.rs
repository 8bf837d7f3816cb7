//! Who had the numbers of a list of pids: `pid:startToken:bootId` a line, in `.identities` beside it.

use std::path::Path;

use super::pids_file::{lines, malformed};
use crate::model::{ProcessIdentity, Result};

/// All of a file.
#[derive(Debug, Default)]
pub(super) struct Identities(Vec<ProcessIdentity>);

impl Identities {
    /// Reads one; a missing one is empty.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` naming file and line for what is no identity, or cannot be read.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let identity = |(number, line): (usize, String)| {
            parse(&line).ok_or_else(|| malformed(file, number, "pid:startToken:bootId"))
        };
        lines(file, true)?.into_iter().map(identity).collect::<Result<_>>().map(Self)
    }

    /// Everybody who had this number when it was recorded.
    pub(super) fn of(&self, pid: i32) -> Vec<ProcessIdentity> {
        self.0.iter().filter(|identity| identity.pid == pid).cloned().collect()
    }

    /// As it stands in the file.
    pub(super) fn line(identity: &ProcessIdentity) -> String {
        let ProcessIdentity { pid, start_token, boot_id } = identity;
        format!("{pid}:{start_token}:{boot_id}\n")
    }
}

fn parse(line: &str) -> Option<ProcessIdentity> {
    let mut parts = line.split(':');
    let pid = parts.next()?.parse().ok()?;
    let (start_token, boot_id) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let is_whole = parts.next().is_none() && !start_token.is_empty();
    is_whole.then_some(ProcessIdentity { pid, start_token, boot_id })
}
