//! One unit as the guard knows it.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use crate::guard::leaf::Leaf;
use crate::guard::protocol::UnitEnd;
use crate::model::{ExitCause, ProcessInfo, StopReport, Survivor, UnitExit};
use crate::sys::wait::ExitStatus;

/// What the guard has heard of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing yet.
    Nothing,
    /// It runs.
    Started,
    /// It failed or ended: the last word.
    Ended,
}

/// A unit and its shim.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) id: u64,
    pub(super) shim: i32,
    pub(super) shim_hold: OwnedFd,
    /// `None` once its end was read.
    pub(super) socket: Option<OwnedFd>,
    pub(super) heard: Heard,
    /// What it was started with.
    pub(super) grace: Duration,
    pub(super) first: Option<i32>,
    pub(super) first_status: Option<ExitStatus>,
    pub(super) began: Instant,
    /// When the shim is given up.
    pub(super) deadline: Option<Instant>,
    pub(super) leaf: Leaf,
    /// Set when the shim died before the last word.
    pub(super) lost: Option<Lost>,
    pub(super) cause: Option<ExitCause>,
}

/// What the guard does in place of a shim.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) since: Instant,
    pub(super) forced: Vec<ProcessInfo>,
}

impl Unit {
    /// Sets the moment at which the shim is given up; an earlier one stays.
    pub(super) fn give_up_in(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        self.deadline = Some(self.deadline.map_or(deadline, |earlier| earlier.min(deadline)));
    }

    /// The report that its shim did not live to write.
    pub(super) fn end_without_shim(&self, survivors: Vec<Survivor>) -> UnitEnd {
        let (code, signal) = self.first_status.map_or((None, None), ExitStatus::parts);
        let lost = self.lost.as_ref();
        let forced: Vec<ProcessInfo> = lost.map(|lost| lost.forced.clone()).unwrap_or_default();
        let forced: Vec<ProcessInfo> = forced
            .into_iter()
            .filter(|process| !survivors.iter().any(|survivor| survivor.process.identity == process.identity))
            .collect();
        let duration_ms = lost.map_or(0.0, |lost| lost.since.elapsed().as_secs_f64() * 1000.0);
        let exit = UnitExit {
            code,
            signal,
            duration_ms: self.began.elapsed().as_secs_f64() * 1000.0,
            leftovers: u32::try_from(forced.len()).unwrap_or(u32::MAX),
            survivors: survivors.clone(),
            max_rss_bytes: 0,
            cause: self.cause.unwrap_or(ExitCause::Guard),
        };
        let stop = StopReport { stopped: Vec::new(), forced, survivors, refused: Vec::new(), duration_ms };
        UnitEnd { exit, stop }
    }
}
