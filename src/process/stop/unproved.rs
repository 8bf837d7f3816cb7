//! Who may have come of a tree, but cannot be proved to: it lost its parent, and made a session of its own. Reported and left alone.

use std::collections::HashSet;
use std::fs;

use super::lookout::Lookout;
use super::members::Members;
use crate::model::{ProcessInfo, ProcessState, Refusal};
use crate::process::{ProcessTable, Surroundings};
use crate::sys::lineage::{self, Lineage};

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
            self.cgroup = cgroup_of(target.identity.pid);
            self.first = Some(target.clone());
        }
    }

    /// Orphans of the same cgroup that started after the target, with everybody below them. In a cgroup of its own a service of init is none.
    pub(super) fn find(
        &self,
        look: &ProcessTable,
        members: &Members,
        surroundings: &Surroundings,
        lookout: &Lookout<'_>,
    ) -> Vec<Refusal> {
        let Some(target) = &self.first else { return Vec::new() };
        let may_be = |process: &&ProcessInfo| {
            process.started_at >= target.started_at
                && !process.is_dead()
                && !members.has_met(process.identity.pid)
                && surroundings.protects(&lookout.describe_seen(process), look, false).is_none()
        };
        let heads = look.iter().filter(|process| self.fell_to_reaper(process, surroundings.own_pid));
        let shares_cgroup =
            |process: &&ProcessInfo| self.cgroup.is_some() && cgroup_of(process.identity.pid) == self.cgroup;
        let heads = heads.filter(may_be).filter(shares_cgroup);
        let all = heads.flat_map(|head| std::iter::once(head).chain(look.descendants(head.identity.pid)));
        let mut named = HashSet::new();
        all.filter(may_be)
            .filter(|process| named.insert(process.identity.pid))
            .take(MOST)
            .map(|process| refusal(process, target))
            .collect()
    }

    fn fell_to_reaper(&self, process: &ProcessInfo, own_pid: i32) -> bool {
        let is_apart = process.orphan || process.sid == process.identity.pid;
        process.ppid == 1 || is_apart && process.ppid != own_pid && self.reapers.contains(&process.ppid)
    }
}

/// The cgroups of its first thread that lives. Whoever has ended has left its own, a leader that ended before its threads too; so each is asked
/// whether it lives after its cgroups were read.
fn cgroup_of(pid: i32) -> Option<String> {
    let leader_first = std::iter::once(pid).chain(lineage::threads(pid).unwrap_or_default());
    leader_first.into_iter().find_map(|thread| {
        let cgroup = fs::read_to_string(format!("/proc/{pid}/task/{thread}/cgroup")).ok()?;
        let now = Lineage::of_thread(pid, thread).ok()?;
        (now.state != ProcessState::Zombie && now.state != ProcessState::Other).then_some(cgroup)
    })
}

fn refusal(process: &ProcessInfo, target: &ProcessInfo) -> Refusal {
    let reason = format!(
        "({}) started after {} and has lost its parent, or is below one that has; whether it came of that cannot be proved, so it was \
         left alone: look at it, and stop it by its own number",
        process.name, target.identity.pid
    );
    Refusal { pid: process.identity.pid, reason }
}
