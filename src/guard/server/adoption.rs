//! What falls to the guard when a shim dies: every process that was below it. The guard finishes the shim's work.
//!
//! Shims are made so that a plain wait does not see them ([`crate::sys::fork::quiet`]): ECHILD of such a wait proves that
//! nothing adopted is left, however many shims live.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::event_loop::Server;
use super::unit::{Heard, Unit};
use crate::guard::kill_loop::{KillLoop, Round};
use crate::guard::own_children::OwnChildren;
use crate::guard::protocol::{Event, SpawnFailed, Stage};
use crate::guard::survivors::survivors;
use crate::guard::{KILL_LIMIT, tree};
use crate::model::{ProcessInfo, Survivor};
use crate::sys::wait::Reaped;

const PACE: Duration = Duration::from_millis(20);

/// The guard's own kill loop.
pub(super) struct Adoption {
    family: OwnChildren,
    kill_loop: KillLoop,
    /// Set while there may be somebody: when to give up.
    until: Option<Instant>,
    pace: Duration,
}

impl Adoption {
    pub(super) fn new(family: OwnChildren) -> Self {
        Self { family, kill_loop: KillLoop::default(), until: None, pace: PACE }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.until.is_none()
    }

    /// How long the loop may wait before the next round.
    pub(super) fn pace(&self) -> Option<Duration> {
        self.until.map(|_| self.pace)
    }

    /// A shim is no prey.
    pub(super) fn spare(&mut self, shim: i32) {
        self.family.keep.insert(shim);
    }

    /// A dead shim's number may be anybody's.
    pub(super) fn unspare(&mut self, shim: i32) {
        self.family.keep.remove(&shim);
    }

    /// Looks for adopted processes until there is none.
    pub(super) fn wake(&mut self) {
        if self.until.is_none() {
            self.kill_loop = KillLoop::default();
            self.until = Some(Instant::now() + KILL_LIMIT);
        }
        self.pace = Duration::ZERO;
    }

    /// Takes the place of a dead shim.
    pub(super) fn begin(&mut self, unit: &mut Unit) {
        self.until = Some(Instant::now() + KILL_LIMIT);
        let processes = tree::descendants(&self.family.keep);
        if let Some(lost) = &mut unit.lost {
            lost.forced = processes;
        }
        // The rounds do it all again; this only makes it one step against fork.
        unit.leaf.kill();
    }

    /// One round. `Some` when it is over: the survivors, none of them if the kernel says so.
    fn round(&mut self) -> Option<Vec<ProcessInfo>> {
        let until = self.until?;
        let round = self.kill_loop.round(&mut self.family);
        self.pace = match round {
            Ok(Round::NoneLeft) => {
                self.until = None;
                return Some(Vec::new());
            }
            Ok(Round::Killed) => Duration::ZERO,
            Ok(Round::Waiting) | Err(_) => PACE,
        };
        if Instant::now() < until {
            return None;
        }
        // Its end comes as a SIGCHLD, and `reap` frees it then.
        self.until = None;
        Some(tree::descendants(&self.family.keep))
    }

    fn take_reaped(&mut self) -> Vec<Reaped> {
        std::mem::take(&mut self.family.reaped)
    }
}

impl Server {
    /// A round of the kill loop where one is due, and the reports of lost units once it is over.
    pub(super) fn finish_lost_units(&mut self) {
        let over = self.adoption.round();
        for reaped in self.adoption.take_reaped() {
            if let Some(unit) = self.units.values_mut().find(|unit| unit.first == Some(reaped.pid)) {
                unit.first_status.get_or_insert(reaped.status);
            }
        }
        let Some(alive) = over else { return };
        let survivors = survivors(alive);
        let lost: Vec<u64> =
            self.units.values().filter(|unit| unit.lost.is_some()).map(|unit| unit.id).collect();
        for id in lost {
            self.end_lost(id, &survivors);
        }
    }

    fn end_lost(&mut self, id: u64, survivors: &[Survivor]) {
        let Some(unit) = self.units.remove(&id) else { return };
        self.forget(id);
        if let (Some(terminal), Some(first)) = (&self.terminal, unit.first) {
            terminal.give_back(first, &HashSet::new());
        }
        unit.leaf.remove();
        if unit.heard == Heard::Nothing {
            return self.tell(&Event::SpawnFailed(SpawnFailed { unit: id, stage: Stage::Shim, errno: 0 }));
        }
        let (report, fds) = unit.end_without_shim(survivors.to_vec()).pack();
        // A packed report always fits a frame.
        let _ = self.outbox.push(&Event::Ended { unit: id, report }, fds);
    }
}
