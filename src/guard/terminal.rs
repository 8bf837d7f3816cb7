//! The host's terminal, as guard, shim and first process see it. Each of them has all signals blocked when it comes here, SIGTTOU among
//! them, so a background group may hand the terminal on.

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::tree;
use crate::model::TerminalMode;
use crate::sys::{prctl, signal, terminal};

/// The controlling terminal of this session, and the group that the host has on it.
#[derive(Debug)]
pub(crate) struct Terminal {
    tty: OwnedFd,
    host_group: i32,
    mode: TerminalMode,
}

impl Terminal {
    /// For a guard whose host is alive.
    ///
    /// # Errors
    /// ENXIO when there is no controlling terminal.
    pub(crate) fn open(host: i32, mode: TerminalMode) -> io::Result<Self> {
        let host_group = prctl::group_of(host)?;
        Ok(Self { tty: terminal::controlling()?.into(), host_group, mode })
    }

    pub(crate) fn mode(&self) -> TerminalMode {
        self.mode
    }

    /// Puts this process, which is about to become a unit's command, in its group.
    pub(crate) fn enter(&self) -> io::Result<()> {
        match self.mode {
            TerminalMode::Foreground => prctl::new_group(),
            TerminalMode::Job => prctl::join_group(self.host_group),
        }
    }

    /// Gives this process's group what the host's has. Late, because a shell that finds its job in the background must not lose the
    /// terminal to it.
    pub(crate) fn take(&self) {
        if self.mode == TerminalMode::Foreground {
            self.pass_to(prctl::own_pid());
        }
    }

    /// Gives a group the terminal if the host's has it.
    pub(crate) fn pass_to(&self, group: i32) {
        if self.host_has_it() {
            // A group that is gone wants it no more.
            let _ = terminal::set_foreground(self.tty.as_fd(), group);
        }
    }

    pub(crate) fn host_has_it(&self) -> bool {
        terminal::foreground(self.tty.as_fd()).is_ok_and(|group| group == self.host_group)
    }

    /// Gives the terminal back to the host's group, if a unit has it or had it last: the group `first`, one below this process, or one
    /// that is gone. `skip` are children of this process that belong to no unit.
    pub(crate) fn give_back(&self, first: i32, skip: &HashSet<i32>) {
        let Ok(group) = terminal::foreground(self.tty.as_fd()) else { return };
        let of_unit = || {
            let alive = tree::descendants(skip);
            alive.iter().any(|process| prctl::group_of(process.identity.pid).is_ok_and(|its| its == group))
        };
        if group != self.host_group && (group == first || !signal::is_group(group) || of_unit()) {
            // The host's group may be gone: then its shell takes the terminal.
            let _ = terminal::set_foreground(self.tty.as_fd(), self.host_group);
        }
    }
}

impl AsFd for Terminal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tty.as_fd()
    }
}
