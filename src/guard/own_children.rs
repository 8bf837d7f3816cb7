//! The family of a kill loop: the children of this very process.

use std::collections::HashSet;
use std::io;

use super::kill_loop::{Family, Left};
use crate::sys::wait::{self, Reap, Reaped, Which};
use crate::sys::{prctl, procfs, signal};

/// Own children, except those in `keep`.
#[derive(Debug)]
pub(crate) struct OwnChildren {
    which: Which,
    /// Children that are no members: the shims of living units.
    pub(crate) keep: HashSet<i32>,
    /// What was reaped and not yet looked at.
    pub(crate) reaped: Vec<Reaped>,
    pid: i32,
    session: i32,
    group: i32,
    /// Where members share this process's session: every child that was reaped. `None` elsewhere.
    once_children: Option<HashSet<i32>>,
}

impl OwnChildren {
    pub(crate) fn new(which: Which) -> io::Result<Self> {
        let pid = prctl::own_pid();
        let (session, group) = (prctl::session_of(0)?, prctl::group_of(0)?);
        Ok(Self { which, keep: HashSet::new(), reaped: Vec::new(), pid, session, group, once_children: None })
    }

    /// On a terminal members share this process's session, and groups are told apart by who leads them.
    pub(crate) fn in_this_session(self, shared: bool) -> Self {
        Self { once_children: shared.then(HashSet::new), ..self }
    }

    /// Whether a group of this session was made by a member. Others of the session are the shell, the host's own job and the jobs
    /// beside it, and a member that joined one of those must not take it along. Only a process that leads a group can have made it,
    /// and a group keeps the number of a leader that is gone.
    fn is_led_by_member(&self, group: i32) -> bool {
        let Some(once_children) = &self.once_children else { return false };
        once_children.contains(&group) || wait::is_child(group)
    }
}

impl Family for OwnChildren {
    fn reap(&mut self, reaped: &mut dyn FnMut(i32)) -> io::Result<Left> {
        loop {
            match wait::reap(self.which)? {
                Reap::One(one) => {
                    reaped(one.pid);
                    if let Some(once_children) = &mut self.once_children {
                        once_children.insert(one.pid);
                    }
                    self.reaped.push(one);
                }
                Reap::NoneDead => return Ok(Left::Some),
                Reap::NoChild => return Ok(Left::None),
            }
        }
    }

    fn members(&mut self, into: &mut Vec<i32>) -> io::Result<()> {
        if procfs::children(self.pid, 1, into).is_err() {
            into.clear();
            procfs::children_by_scan(self.pid, into)?;
        }
        into.retain(|pid| !self.keep.contains(pid));
        Ok(())
    }

    fn is_dead(&self, pid: i32) -> bool {
        wait::is_dead_child(pid)
    }

    /// A child in another session cannot share a group with this process or with a shim: sessions hold their groups apart. A child
    /// that has not yet called `setsid` is in this one's, and is killed alone.
    fn group(&self, pid: i32) -> Option<i32> {
        let session = prctl::session_of(pid).ok()?;
        let group = prctl::group_of(pid).ok()?;
        let apart = (session != self.session && session > 0) || self.is_led_by_member(group);
        (apart && group > 1 && group != self.group).then_some(group)
    }

    fn kill_group(&mut self, group: i32) {
        // EPERM and ESRCH mean the same here: the members themselves come next.
        let _ = signal::kill_group(group, libc::SIGKILL);
    }

    fn kill(&mut self, pid: i32) {
        // What cannot be signalled stays in the list of members, and so in the list of survivors.
        let _ = signal::kill_child(pid, libc::SIGKILL);
    }
}
