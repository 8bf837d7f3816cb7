//! Who may have come of a tree, but cannot be proved to: it lost its parent, and made a session of its own. Reported and left alone.

use std::collections::HashSet;

use super::members::Members;
use crate::model::{ProcessInfo, Refusal};
use crate::process::{ProcessTable, Surroundings};

/// A machine where many are suspected tells nothing by naming them all.
const MOST: usize = 100;

/// What is known of the targets before they end.
#[derive(Debug, Default)]
pub(super) struct Suspicion {
    first: Option<ProcessInfo>,
    /// Who may have adopted what a target left.
    reapers: HashSet<i32>,
    cgroup: Option<String>,
}

impl Suspicion {
    /// One more target; the oldest one counts.
    pub(super) fn add(&mut self, target: &ProcessInfo, table: &ProcessTable) {
        self.reapers.extend(table.ancestors(target.identity.pid));
        if self.first.as_ref().is_none_or(|first| target.started_at < first.started_at) {
            self.cgroup = cgroup_of(target);
            self.first = Some(target.clone());
        }
    }

    /// Orphans of the same cgroup that started after the target. In a cgroup of its own a service of init is none.
    pub(super) fn find(
        &self,
        table: &ProcessTable,
        members: &Members,
        surroundings: &Surroundings,
    ) -> Vec<Refusal> {
        let Some(target) = &self.first else { return Vec::new() };
        let is_suspect = |process: &&ProcessInfo| {
            let fell = process.ppid == 1 || process.orphan && self.reapers.contains(&process.ppid);
            fell && process.started_at >= target.started_at
                && !process.is_dead()
                && !members.has_met(process.identity.pid)
                && surroundings.protects(process, table, false).is_none()
                && cgroup_of(process) == self.cgroup
        };
        table.iter().filter(is_suspect).take(MOST).map(|process| refusal(process, target)).collect()
    }
}

fn cgroup_of(process: &ProcessInfo) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{}/cgroup", process.identity.pid)).ok()
}

fn refusal(process: &ProcessInfo, target: &ProcessInfo) -> Refusal {
    let reason = format!(
        "({}) fell to process {} and started after {}; whether it came of that cannot be proved, so it was left alone: look at it, and \
         stop it by its own number",
        process.name, process.ppid, target.identity.pid
    );
    Refusal { pid: process.identity.pid, reason }
}
