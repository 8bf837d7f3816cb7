//! What a stop did, process by process.

use serde::{Deserialize, Serialize};

use super::ProcessInfo;

/// A process that could not be stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survivor {
    /// Which one.
    pub process: ProcessInfo,
    /// Why, for people: stuck in the kernel, another user's, …
    pub reason: String,
}

/// A process that a safety rule protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which one.
    pub pid: i32,
    /// The rule that protected it.
    pub reason: String,
}

/// The outcome of a stop. `stopped` and `forced` are disjoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopReport {
    /// Ended within the grace.
    pub stopped: Vec<ProcessInfo>,
    /// Ended by SIGKILL.
    pub forced: Vec<ProcessInfo>,
    /// Still alive at the deadline.
    pub survivors: Vec<Survivor>,
    /// Not touched.
    pub refused: Vec<Refusal>,
    /// How long the stop took, milliseconds.
    pub duration_ms: f64,
}

impl StopReport {
    /// Everybody who is described in it.
    pub fn processes_mut(&mut self) -> impl Iterator<Item = &mut ProcessInfo> {
        let ended = self.stopped.iter_mut().chain(&mut self.forced);
        ended.chain(self.survivors.iter_mut().map(|survivor| &mut survivor.process))
    }

    /// Adds refusals of those of whom nothing is told yet.
    pub fn refuse_also(&mut self, refusals: impl Iterator<Item = Refusal>) {
        for refusal in refusals {
            if self.refused.iter().all(|told| told.pid != refusal.pid) {
                self.refused.push(refusal);
            }
        }
    }

    /// Adds what another stop did.
    pub fn absorb(&mut self, other: Self) {
        self.stopped.extend(other.stopped);
        self.forced.extend(other.forced);
        self.survivors.extend(other.survivors);
        self.refused.extend(other.refused);
        self.duration_ms = self.duration_ms.max(other.duration_ms);
    }
}
