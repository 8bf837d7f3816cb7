//! The guard's loop around its one wait.

use std::collections::{HashMap, HashSet};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::adoption::Adoption;
use super::asker::Asker;
use super::ledger::Ledger;
use super::setup::Setup;
use super::unit::Unit;
use crate::guard::GRACE_WITHOUT_HOST;
use crate::guard::cgroups::Cgroups;
use crate::guard::outbox::Outbox;
use crate::guard::terminal::Terminal;
use crate::model::ExitCause;
use crate::sys::poll::PollSet;
use crate::sys::{pidfd, poll, signal};

/// The state of a guard.
pub(super) struct Server {
    pub(super) socket: OwnedFd,
    signals: OwnedFd,
    pub(super) asker: Asker,
    pub(super) cookie: CString,
    pub(super) ledger: Option<Ledger>,
    pub(super) cgroups: Cgroups,
    /// The terminal that units of this guard share with the host.
    pub(super) terminal: Option<Rc<Terminal>>,
    pub(super) units: HashMap<u64, Unit>,
    pub(super) outbox: Outbox,
    pub(super) adoption: Adoption,
    /// No unit is started any more; the guard ends with the last one.
    pub(super) leaving: bool,
    pub(super) host_is_gone: bool,
    poll: PollSet,
}

impl Server {
    pub(super) fn new(mut setup: Setup) -> io::Result<Self> {
        let mut outbox = Outbox::default();
        setup.greet(&mut outbox)?;
        Ok(Self {
            socket: setup.socket,
            signals: setup.signals,
            asker: setup.asker,
            cookie: setup.cookie,
            ledger: setup.ledger,
            cgroups: setup.cgroups,
            terminal: setup.terminal.map(Rc::new),
            units: HashMap::new(),
            outbox,
            adoption: Adoption::new(setup.family),
            leaving: false,
            host_is_gone: false,
            poll: PollSet::default(),
        })
    }

    /// Serves until the host is gone or wants the end, and nothing is left.
    pub(super) fn run(mut self) -> io::Result<()> {
        while !self.is_over() {
            self.notice_host();
            self.flush();
            self.read_signals();
            self.read_requests();
            self.hear_shims();
            self.give_up_late_shims();
            self.finish_lost_units();
            self.flush();
            if !self.is_over() {
                self.wait()?;
            }
        }
        self.cgroups.remove();
        if let Some(ledger) = self.ledger.take() {
            ledger.remove();
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.leaving
            && self.units.is_empty()
            && self.adoption.is_idle()
            && (self.host_is_gone || self.outbox.is_empty())
    }

    fn wait(&mut self) -> io::Result<()> {
        self.poll.clear();
        self.poll.add(self.signals.as_fd(), libc::POLLIN);
        if !self.host_is_gone {
            let room = if self.outbox.wants_room() { libc::POLLOUT } else { 0 };
            self.poll.add(self.socket.as_fd(), libc::POLLIN | libc::POLLRDHUP | room);
            self.poll.add(self.asker.hold(), libc::POLLIN);
        }
        for unit in self.units.values().filter(|unit| unit.lost.is_none()) {
            self.poll.add(unit.shim_hold.as_fd(), libc::POLLIN);
            if let Some(socket) = &unit.socket {
                self.poll.add(socket.as_fd(), libc::POLLIN);
            }
        }
        let until =
            self.units.values().filter(|unit| unit.lost.is_none()).filter_map(|unit| unit.deadline).min();
        let until = until.map(|until| until.saturating_duration_since(Instant::now()));
        let paces = self.adoption.pace().into_iter().chain(self.outbox.pace().filter(|_| !self.host_is_gone));
        self.poll.wait(until.into_iter().chain(paces).min())
    }

    /// Looked at before every request that is served: a host that died leaves its queue behind.
    pub(super) fn notice_host(&mut self) {
        if !self.host_is_gone && (poll::is_hung_up(self.socket.as_fd()) || self.asker.is_dead()) {
            self.lose_host();
        }
    }

    pub(super) fn lose_host(&mut self) {
        self.host_is_gone = true;
        self.give_terminal_back();
        self.leave(|own| own.min(GRACE_WITHOUT_HOST));
    }

    /// What ran the host, a script perhaps, goes on at once and may read the terminal.
    fn give_terminal_back(&self) {
        let Some(terminal) = &self.terminal else { return };
        for first in self.units.values().filter_map(|unit| unit.first) {
            terminal.give_back(first, &HashSet::new());
        }
    }

    /// Ends every unit, with a grace made from its own, and takes no new one.
    pub(super) fn leave(&mut self, grace: impl Fn(Duration) -> Duration) {
        self.leaving = true;
        let units: Vec<(u64, Duration)> =
            self.units.values().map(|unit| (unit.id, grace(unit.grace))).collect();
        for (id, grace) in units {
            self.stop_unit(id, false, grace, ExitCause::Stop);
        }
    }

    fn read_signals(&mut self) {
        while let Some(number) = signal::next(self.signals.as_fd()) {
            match number {
                // systemd sends it to everybody in a service.
                libc::SIGTERM => self.leave(|own| own),
                // Shims are silent: somebody adopted has died.
                _ => self.adoption.wake(),
            }
        }
    }

    fn give_up_late_shims(&mut self) {
        let now = Instant::now();
        for unit in
            self.units.values_mut().filter(|unit| unit.deadline.is_some_and(|deadline| now >= deadline))
        {
            unit.deadline = None;
            // Dead already: its end is about to be read.
            let _ = pidfd::send_signal(unit.shim_hold.as_fd(), libc::SIGKILL);
        }
    }

    fn flush(&mut self) {
        if !self.host_is_gone && self.outbox.flush(self.socket.as_fd()).is_err() {
            self.lose_host();
        }
    }
}
