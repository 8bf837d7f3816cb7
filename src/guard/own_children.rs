//! The family of a kill loop: the children of this very process.

use std::collections::HashSet;
use std::io;

use super::kill_loop::{Family, Left};
use super::tree;
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

    fn kill_below(&mut self) {
        tree::kill(&tree::descendants(&self.keep));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the child of a test is its own")]
    fn shell(script: &str, group: i32) -> Child {
        let mut command = Command::new("bash");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.process_group(group).spawn().unwrap()
    }

    fn pid(child: &Child) -> i32 {
        child.id().cast_signed()
    }

    fn end(mut child: Child) {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// A member can join any group of its session; one that joined the shell's must not take the shell along.
    #[test]
    fn a_member_in_a_group_of_strangers_is_killed_alone() {
        // A job of a shell of its own: its leader is no child of this process.
        let mut stranger = shell("set -m; cat <&0 & echo $!; wait", 0);
        let mut line = String::new();
        BufReader::new(stranger.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let foreign: i32 = line.trim().parse().unwrap();
        let member = shell("read line", foreign);
        let leader = shell("read line", 0);
        let family = OwnChildren::new(Which::All).unwrap().in_this_session(true);
        assert_eq!(prctl::group_of(pid(&member)).unwrap(), foreign);
        assert_ne!(foreign, family.group, "to compare with the own group alone would kill the stranger");
        assert_eq!(family.group(pid(&member)), None);
        assert_eq!(family.group(pid(&leader)), Some(pid(&leader)));
        let elsewhere = OwnChildren::new(Which::All).unwrap();
        assert_eq!(elsewhere.group(pid(&leader)), None, "without a terminal only another session counts");
        end(member);
        end(leader);
        // The job ends with its input.
        drop(stranger.stdin.take());
        stranger.wait().unwrap();
    }
}
