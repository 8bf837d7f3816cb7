//! The shim: one process above each unit, forked from the guard. It starts the unit's first process, adopts every orphan of the unit, and ends
//! when nothing of it is left. One wait, and one thread but while it lists a large tree.
//!
//! Everything below a shim is its unit and nothing else; it never signals anybody else.

mod first;
mod job;
mod ladder;
mod life;
mod record;

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use super::failpoint::{self, Role};
use super::leaf::Leaf;
use super::protocol::{Event, SpawnFailed, SpawnRequest, Stage, encode};
use super::terminal::Terminal;
use crate::sys::{fd, fork, prctl, seqpacket, signal};

/// What a shim is forked with.
#[derive(Debug)]
pub(crate) struct ShimStart {
    /// What was asked.
    pub(crate) request: SpawnRequest,
    /// The sealed command.
    pub(crate) spec: OwnedFd,
    /// stdin, stdout, stderr.
    pub(crate) stdio: [OwnedFd; 3],
    /// The socket to the guard.
    pub(crate) guard: Rc<OwnedFd>,
    /// The guard's pid before the fork.
    pub(crate) guard_pid: i32,
    /// The host's umask.
    pub(crate) umask: u32,
    /// `PROCMAN_COOKIE=…`.
    pub(crate) cookie: CString,
    /// The unit's cgroups.
    pub(crate) leaf: Leaf,
    /// The terminal that the unit shares with the host.
    pub(crate) terminal: Option<Rc<Terminal>>,
}

impl ShimStart {
    /// Lives as the shim of one unit. For the child side of a fork.
    pub(crate) fn run(self) -> ! {
        failpoint::set_pid(Role::Shim, prctl::own_pid());
        failpoint::hit("shim.start");
        prctl::set_name(super::names::SHIM);
        let (unit, guard) = (self.request.unit, Rc::clone(&self.guard));
        match self.set_up().and_then(life::Life::begin) {
            Ok(life) => life.run(),
            Err(error) => {
                say_why(unit, guard.as_fd(), &error);
                fork::leave(1)
            }
        }
    }

    fn set_up(self) -> io::Result<Self> {
        // SIGTERM and not SIGKILL: a shim that was killed would orphan its unit.
        prctl::signal_on_parent_death(libc::SIGTERM)?;
        if prctl::parent() != self.guard_pid {
            fork::leave(1);
        }
        // In a group of its own, so that the kernel wakes a stopped shim when its guard dies (an orphaned group gets SIGHUP and SIGCONT).
        // On a terminal the guard's group does the same: it is orphaned with the guard.
        if self.terminal.is_none() {
            prctl::new_group()?;
        }
        prctl::become_subreaper()?;
        signal::ignore(&[libc::SIGHUP]);
        fd::close_all_but(&self.descriptors())?;
        failpoint::hit("shim.adopts");
        Ok(self)
    }

    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let terminal = self.terminal.iter().map(|terminal| terminal.as_fd());
        [&self.spec, &*self.guard].into_iter().chain(&self.stdio).map(AsFd::as_fd).chain(terminal).collect()
    }
}

/// The last word of a shim that could not start its unit.
fn say_why(unit: u64, guard: BorrowedFd<'_>, error: &io::Error) {
    let errno = error.raw_os_error().unwrap_or(libc::EIO);
    let failed = Event::SpawnFailed(SpawnFailed { unit, stage: Stage::Shim, errno });
    // Where that fails too, the guard sees a shim that ended without a word, and says so to the host.
    let _ = encode(&failed).and_then(|frame| seqpacket::send(guard, &frame, &[]));
}
