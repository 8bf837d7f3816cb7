//! What is remembered of the machine's processes from one question to the next, and the stops that are on their way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::stop_api::StopNumber;
use crate::process::{Sampler, UnitSampler};

/// For all threads. Each sampler is used by one at a time; who waits for one waits for the reading of a table.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    /// Of the whole machine; made with the first question.
    pub(crate) all: OnceLock<Mutex<Sampler>>,
    /// Of our units.
    pub(crate) units: Mutex<UnitSampler>,
    stops: Mutex<HashMap<StopNumber, Arc<AtomicBool>>>,
    last: AtomicU64,
}

impl Processes {
    /// A stop begins: its number, and the flag that cancels it.
    pub(super) fn enter_stop(&self) -> (StopNumber, Arc<AtomicBool>) {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let cancelled = Arc::new(AtomicBool::new(false));
        self.stops.lock().insert(number, Arc::clone(&cancelled));
        (number, cancelled)
    }

    pub(super) fn leave_stop(&self, number: StopNumber) {
        self.stops.lock().remove(&number);
    }

    /// Without effect on one that has ended.
    pub(super) fn cancel_stop(&self, number: StopNumber) {
        if let Some(cancelled) = self.stops.lock().get(&number) {
            cancelled.store(true, Ordering::Relaxed);
        }
    }
}
