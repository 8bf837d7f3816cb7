//! Who is below and who is above whom in a [`ProcessTable`].
//!
//! No moment holds them all: while one part is read another changes. So a parent's number may be a stranger's by now, and lists of parents
//! may, put together, form a ring. A process that started later than its child is not its parent; and no walk visits anybody twice.

use std::collections::HashSet;

use super::table::ProcessTable;
use crate::model::ProcessInfo;

impl ProcessTable {
    /// The children of a process, those of each of its threads included, by number.
    pub fn children(&self, pid: i32) -> impl Iterator<Item = &ProcessInfo> {
        let from = self.edges.partition_point(|(parent, _)| *parent < pid);
        let parent = self.get(pid);
        self.edges[from..]
            .iter()
            .take_while(move |(parent, _)| *parent == pid)
            .map(|(_, index)| &self.processes[*index])
            .filter(move |child| {
                child.identity.pid != pid && parent.is_none_or(|parent| is_older(parent, child))
            })
    }

    /// Everybody below a process, parents first, without itself.
    #[must_use]
    pub fn descendants(&self, pid: i32) -> Vec<&ProcessInfo> {
        let mut seen = HashSet::from([pid]);
        let mut found: Vec<&ProcessInfo> = Vec::new();
        let mut next = Some(pid);
        let mut visited = 0;
        while let Some(parent) = next {
            found.extend(self.children(parent).filter(|child| seen.insert(child.identity.pid)));
            next = found.get(visited).map(|process| process.identity.pid);
            visited += 1;
        }
        found
    }

    /// The numbers above a process, nearest first, without itself and without 0. The last one may be hidden from us and have no entry.
    #[must_use]
    pub fn ancestors(&self, pid: i32) -> Vec<i32> {
        let mut found = Vec::new();
        let mut seen = HashSet::from([pid]);
        let mut child = self.get(pid);
        while let Some(process) = child.filter(|process| process.ppid > 0 && seen.insert(process.ppid)) {
            let parent = self.get(process.ppid);
            if parent.is_some_and(|parent| !is_older(parent, process)) {
                break;
            }
            found.push(process.ppid);
            child = parent;
        }
        found
    }
}

/// A parent was there before its child, within the kernel's 10 ms.
fn is_older(parent: &ProcessInfo, child: &ProcessInfo) -> bool {
    parent.started_at <= child.started_at
}
