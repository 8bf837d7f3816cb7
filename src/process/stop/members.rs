//! Who belongs to a tree, as far as it can be proved. Pure: compares tables, reads nothing.
//!
//! | belongs | proof |
//! |---|---|
//! | a child of a member | the kernel's word, as long as the parent lives |
//! | who was a member before | an identity does not change when a parent dies |
//! | who is in the session that a member made | a session is inherited from whoever forks, so everybody in it descends from who made it |
//! | an orphan in the group that a member made, in the member's session | only its own session's processes can join a group. One with a living parent in that session may be another job of a shell, and is left alone |
//!
//! The number of a session or group stays taken as long as somebody is in it; so whoever has the number of a member that is gone, and is
//! no member, made another one.

use std::collections::{HashMap, HashSet};

use crate::model::{ProcessIdentity, ProcessInfo};
use crate::process::ProcessTable;

/// The members of a stop, past and present.
#[derive(Debug, Default)]
pub(super) struct Members {
    known: HashMap<i32, Known>,
    /// Who would belong and is left alone.
    declined: HashSet<ProcessIdentity>,
    /// The group that all of it is about, and its session; `None`: trees.
    group: Option<(i32, i32)>,
}

/// What becomes of somebody who belongs.
#[derive(Debug)]
pub(super) enum Admission {
    /// This is who it is.
    Member(ProcessIdentity),
    /// It is left alone, with everybody below it.
    Declined,
    /// It ended, or only another look can tell who it is.
    Gone,
}

#[derive(Debug, Clone)]
struct Known {
    identity: ProcessIdentity,
    sid: i32,
    leads_session: bool,
    leads_group: bool,
    started_at: f64,
}

impl Members {
    /// A process that belongs: one to begin with, or one that was proved.
    pub(super) fn add(&mut self, process: &ProcessInfo) {
        self.known.insert(process.identity.pid, Known::from(process));
    }

    /// Begins with a group: its members, and nobody below them who left it.
    pub(super) fn of_group(any_member: &ProcessInfo) -> Self {
        Self { group: Some((any_member.pgid, any_member.sid)), ..Self::default() }
    }

    /// Finds those of a table who belong and were not known, parents first, and offers each once; `admit` answers in their order. Who is not admitted
    /// brings nobody in. The table learns who those are that were admitted.
    pub(super) fn grow(
        &mut self,
        table: &mut ProcessTable,
        admit: &mut dyn FnMut(&[&ProcessInfo], &ProcessTable) -> Vec<Admission>,
    ) {
        self.refresh(table);
        let mut gone: HashSet<i32> = HashSet::new();
        loop {
            let is_new = |process: &&ProcessInfo| {
                self.is_new(process) && !gone.contains(&process.identity.pid) && self.proves(process, table)
            };
            let fresh: Vec<&ProcessInfo> = table.iter().filter(is_new).collect();
            if fresh.is_empty() {
                return;
            }
            let admissions = admit(&fresh, table);
            let pids: Vec<i32> = fresh.iter().map(|process| process.identity.pid).collect();
            for (pid, admission) in pids.into_iter().zip(admissions) {
                match admission {
                    Admission::Member(identity) => self.add_as(table, &identity),
                    Admission::Declined => self.decline(table, pid),
                    Admission::Gone => drop(gone.insert(pid)),
                }
            }
        }
    }

    fn add_as(&mut self, table: &mut ProcessTable, identity: &ProcessIdentity) {
        table.identify(identity);
        if let Some(process) = table.find(identity) {
            self.add(process);
        }
    }

    fn decline(&mut self, table: &ProcessTable, pid: i32) {
        self.declined.extend(table.get(pid).map(|process| process.identity.clone()));
    }

    fn is_new(&self, process: &ProcessInfo) -> bool {
        !self.contains(&process.identity) && !self.declined.contains(&process.identity)
    }

    pub(super) fn contains(&self, identity: &ProcessIdentity) -> bool {
        self.known.get(&identity.pid).is_some_and(|known| known.identity == *identity)
    }

    /// Whether somebody with this number was decided upon.
    pub(super) fn has_met(&self, pid: i32) -> bool {
        self.known.contains_key(&pid) || self.declined.iter().any(|identity| identity.pid == pid)
    }

    /// Members may have made sessions and groups since they were seen.
    fn refresh(&mut self, table: &ProcessTable) {
        for known in self.known.values_mut() {
            if let Some(now) = table.find(&known.identity) {
                known.sid = now.sid;
                known.leads_session |= now.sid == now.identity.pid;
                known.leads_group |= now.pgid == now.identity.pid;
            }
        }
    }

    fn proves(&self, process: &ProcessInfo, table: &ProcessTable) -> bool {
        match self.group {
            Some(group) => (process.pgid, process.sid) == group,
            None => {
                self.is_child(process, table)
                    || self.is_in_session(process, table)
                    || self.is_in_group(process, table)
            }
        }
    }

    fn is_child(&self, process: &ProcessInfo, table: &ProcessTable) -> bool {
        self.living(process.ppid, table).is_some_and(|parent| parent.started_at <= process.started_at)
    }

    fn is_in_session(&self, process: &ProcessInfo, table: &ProcessTable) -> bool {
        let leader = self.maker(process.sid, table);
        leader.is_some_and(|leader| leader.leads_session && leader.started_at <= process.started_at)
    }

    fn is_in_group(&self, process: &ProcessInfo, table: &ProcessTable) -> bool {
        let is_of = |leader: &Known| {
            leader.leads_group && leader.sid == process.sid && leader.started_at <= process.started_at
        };
        let has_parent_in_session = table.get(process.ppid).is_some_and(|parent| parent.sid == process.sid);
        self.maker(process.pgid, table).is_some_and(is_of) && !has_parent_in_session
    }

    /// The member with this number, if it is alive or its zombie is there.
    fn living(&self, pid: i32, table: &ProcessTable) -> Option<&Known> {
        self.known.get(&pid).filter(|known| table.find(&known.identity).is_some())
    }

    /// The member that had this number when it made a session or group, unless somebody else has it now.
    fn maker(&self, number: i32, table: &ProcessTable) -> Option<&Known> {
        let known = self.known.get(&number)?;
        table.get(number).is_none_or(|now| now.identity == known.identity).then_some(known)
    }
}

impl From<&ProcessInfo> for Known {
    fn from(process: &ProcessInfo) -> Self {
        let pid = process.identity.pid;
        Self {
            identity: process.identity.clone(),
            sid: process.sid,
            leads_session: process.sid == pid,
            leads_group: process.pgid == pid,
            started_at: process.started_at,
        }
    }
}

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;
