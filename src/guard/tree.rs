//! Who is below this process: for reports, and for signals by identity. Never a proof that somebody is not.

use std::collections::HashSet;

use super::listing::{self, Listing};
use crate::model::ProcessInfo;
use crate::sys::{prctl, procfs};

/// Every living descendant, parents first. `skip` are children of this process that are left out with everything below them.
pub(crate) fn descendants(skip: &HashSet<i32>) -> Vec<ProcessInfo> {
    below(prctl::own_pid(), skip)
}

/// Every living descendant of `root`, parents first, without itself.
pub(crate) fn below(root: i32, skip: &HashSet<i32>) -> Vec<ProcessInfo> {
    let mut listing = Listing::of(root);
    let mut generation = Vec::new();
    listing::children_into(root, 1, &mut generation);
    generation.retain(|pid| !skip.contains(pid));
    while !generation.is_empty() {
        generation = listing.walk(&generation);
    }
    listing.found
}

/// SIGTERM to each by its identity, and SIGCONT, so that a stopped one can use its grace.
pub(crate) fn terminate(processes: &[ProcessInfo]) {
    for process in processes {
        if procfs::signal_by_identity(&process.identity, libc::SIGTERM).is_ok() {
            // Gone by now: that is what was wanted.
            let _ = procfs::signal_by_identity(&process.identity, libc::SIGCONT);
        }
    }
}

/// SIGKILL to each by its identity.
pub(crate) fn kill(processes: &[ProcessInfo]) {
    for process in processes {
        // Gone by now, or another user's: then its parent's death makes it a member, and the report names it.
        let _ = procfs::signal_by_identity(&process.identity, libc::SIGKILL);
    }
}
