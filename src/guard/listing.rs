//! The search for everybody below a process, generation by generation, a large one on two threads.
//!
//! Each member is asked for its children, and nobody else on the machine is asked for anything.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::model::{ProcessIdentity, ProcessInfo};
use crate::sys::procfs::{self, Stat};
use crate::sys::two_threads;

/// A listing of a bomb must end: reports are cut here.
const MAX_ENTRIES: usize = 16_384;

/// … and here.
const TIME_LIMIT: Duration = Duration::from_millis(500);

/// What was found so far.
pub(super) struct Listing {
    /// The living, parents first.
    pub(super) found: Vec<ProcessInfo>,
    /// Members of the tree, dead ones included, and the root.
    known: HashSet<i32>,
    until: Instant,
}

/// What one look at a process found.
type Look = (ProcessIdentity, Stat);

impl Listing {
    pub(super) fn of(root: i32) -> Self {
        let known = HashSet::from([root]);
        Self { found: Vec::new(), known, until: Instant::now() + TIME_LIMIT }
    }

    /// Reads a generation with its children, who are the next one.
    pub(super) fn walk(&mut self, generation: &[i32]) -> Vec<i32> {
        let looks = two_threads::map(generation, |pid| {
            let look = self.look(*pid)?;
            let mut children = Vec::new();
            children_into(*pid, look.1.threads, &mut children);
            Some((look, children))
        });
        let mut next = Vec::new();
        for (look, children) in looks.into_iter().flatten() {
            if self.admit(look) {
                next.extend(children);
            }
        }
        next
    }

    /// `None` for who is gone, and when the time is over.
    fn look(&self, pid: i32) -> Option<Look> {
        if Instant::now() > self.until { None } else { procfs::look(pid) }
    }

    /// Takes a process into the list, unless it is there, none of the tree, or too much. Whose parent is none of ours got the number of one that
    /// was: it is a stranger.
    fn admit(&mut self, (identity, stat): Look) -> bool {
        let is_known = |pid: i32| self.known.contains(&pid);
        if !is_known(stat.ppid) || is_known(identity.pid) || self.found.len() >= MAX_ENTRIES {
            return false;
        }
        self.known.insert(identity.pid);
        if !stat.is_dead() {
            self.found.push(stat.into_info(identity));
        }
        true
    }
}

pub(super) fn children_into(pid: i32, threads: u32, into: &mut Vec<i32>) {
    if procfs::children(pid, threads, into).is_err() {
        // Only the report is poorer: the kill loop finds them.
        let _ = procfs::children_by_scan(pid, into);
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
