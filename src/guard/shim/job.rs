//! A unit's part in the job control of its host's shell.

use std::collections::HashSet;
use std::rc::Rc;

use crate::guard::terminal::Terminal;
use crate::model::TerminalMode;
use crate::sys::{signal, wait};

/// A unit that has a group of its own on a terminal.
pub(crate) struct Job {
    terminal: Rc<Terminal>,
    /// The first process, which is the group's number too.
    first: i32,
}

/// Why a first process was stopped.
pub(crate) enum Stop {
    /// It touched the terminal, which its host's group has: the shell gave that to a job that ran in the background all along.
    WantsTerminal,
    /// By this signal.
    By(i32),
}

impl Job {
    /// `None` where the unit has no group of its own: there the terminal stops the host along with it.
    pub(crate) fn new(terminal: Rc<Terminal>, first: i32) -> Option<Self> {
        (terminal.mode() == TerminalMode::Foreground).then_some(Self { terminal, first })
    }

    /// Whether the first process was stopped since this was last asked. Only while it is un-reaped.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        let signal = wait::stopped_by(self.first)?;
        let touched = matches!(signal, libc::SIGTTIN | libc::SIGTTOU);
        Some(if touched && self.terminal.host_has_it() { Stop::WantsTerminal } else { Stop::By(signal) })
    }

    /// Gives the terminal back to the host's group, if the unit has it.
    pub(crate) fn give_back(&self, skip: &HashSet<i32>) {
        self.terminal.give_back(self.first, skip);
    }

    /// Continues the unit, with the terminal if the host's group has it.
    pub(crate) fn resume(&self) {
        self.terminal.pass_to(self.first);
        // Its first process is un-reaped, or the unit is ending anyway.
        let _ = signal::kill_group(self.first, libc::SIGCONT);
    }
}
