//! What a shim remembers for the report of its unit's end.

use std::time::{Duration, Instant};

use crate::guard::protocol::UnitEnd;
use crate::model::{ExitCause, Leftovers, ProcessInfo, StopReport, Survivor, UnitExit};
use crate::sys::wait::{ExitStatus, Reaped};

/// The notes of one unit.
#[derive(Debug)]
pub(crate) struct Record {
    started: Instant,
    first: i32,
    /// The end of the first process is the reason for that of its unit.
    ends_with_first: bool,
    status: Option<ExitStatus>,
    max_rss_bytes: u64,
    leftovers: u32,
    cause: Option<ExitCause>,
    stop_began: Option<Instant>,
    /// Who was there when the unit was told to end …
    told: Vec<ProcessInfo>,
    /// … and when it was killed.
    forced: Vec<ProcessInfo>,
    survivors: Vec<Survivor>,
}

impl Record {
    pub(crate) fn new(first: i32, leftovers: Leftovers) -> Self {
        Self {
            started: Instant::now(),
            first,
            ends_with_first: leftovers == Leftovers::Stop,
            status: None,
            max_rss_bytes: 0,
            leftovers: 0,
            cause: None,
            stop_began: None,
            told: Vec::new(),
            forced: Vec::new(),
            survivors: Vec::new(),
        }
    }

    /// Notes a death; says how the first process ended, when it was that one.
    pub(crate) fn reaped(&mut self, reaped: &Reaped) -> Option<ExitStatus> {
        self.max_rss_bytes = self.max_rss_bytes.max(reaped.max_rss_bytes);
        if reaped.pid != self.first || self.status.is_some() {
            return None;
        }
        self.status = Some(reaped.status);
        if self.ends_with_first {
            self.cause.get_or_insert(ExitCause::Exit);
        }
        self.status
    }

    /// Notes why the unit has to end; the first reason stays.
    pub(crate) fn caused(&mut self, cause: ExitCause) {
        self.cause.get_or_insert(cause);
    }

    /// Notes who outlived the first process.
    pub(crate) fn outlived(&mut self, count: usize) {
        self.leftovers = u32::try_from(count).unwrap_or(u32::MAX);
    }

    pub(crate) fn told(&mut self, processes: Vec<ProcessInfo>, began: Instant) {
        self.stop_began.get_or_insert(began);
        self.told = processes;
    }

    pub(crate) fn forced(&mut self, processes: Vec<ProcessInfo>, began: Instant) {
        self.stop_began.get_or_insert(began);
        self.forced = processes;
    }

    /// Notes who could not be killed.
    pub(crate) fn survived(&mut self, survivors: Vec<Survivor>) {
        self.survivors = survivors;
        let survivors = &self.survivors;
        self.forced
            .retain(|forced| !survivors.iter().any(|survivor| survivor.process.identity == forced.identity));
    }

    /// The report.
    pub(crate) fn end(self) -> UnitEnd {
        let forced = &self.forced;
        let alive_later = |told: &ProcessInfo| {
            forced.iter().any(|later| later.identity == told.identity)
                || self.survivors.iter().any(|survivor| survivor.process.identity == told.identity)
        };
        let stopped = if forced.is_empty() && self.survivors.is_empty() {
            self.told
        } else {
            self.told.into_iter().filter(|told| !alive_later(told)).collect()
        };
        let (code, signal) = self.status.map_or((None, None), ExitStatus::parts);
        let exit = UnitExit {
            code,
            signal,
            duration_ms: milliseconds(self.started.elapsed()),
            leftovers: self.leftovers,
            survivors: self.survivors.clone(),
            max_rss_bytes: self.max_rss_bytes,
            cause: self.cause.unwrap_or(ExitCause::Exit),
        };
        let duration_ms = self.stop_began.map_or(0.0, |began| milliseconds(began.elapsed()));
        let stop = StopReport {
            stopped,
            forced: self.forced,
            survivors: self.survivors,
            refused: Vec::new(),
            duration_ms,
        };
        UnitEnd { exit, stop }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
