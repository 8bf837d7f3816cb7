//! Whom the readings of one sweep met: the report tells of all of them, also of those who were gone before the next look. Pure.

use std::collections::HashMap;

use super::carriers::{Reading, Standing};
use super::rounds::Place;
use crate::model::{ProcessIdentity, ProcessInfo};

/// One that was met.
pub(super) struct Met {
    /// Index of the ledger that led to it.
    pub(super) ledger: usize,
    /// As it was at first.
    pub(super) process: ProcessInfo,
    pub(super) is_shim: bool,
}

/// All of them.
#[derive(Default)]
pub(super) struct Seen(HashMap<ProcessIdentity, Met>);

impl Seen {
    /// Remembers those whom nobody met before.
    pub(super) fn note(&mut self, reading: &Reading) {
        for carrier in &reading.carriers {
            let Standing::Leftover(place) = carrier.standing else { continue };
            self.0.entry(carrier.identity().clone()).or_insert_with(|| Met {
                ledger: carrier.ledger,
                process: carrier.process.clone(),
                is_shim: place == Place::Shim,
            });
        }
    }

    /// How many leftovers a ledger led to.
    pub(super) fn count(&self, ledger: usize) -> u32 {
        let count = self.0.values().filter(|met| met.ledger == ledger && !met.is_shim).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The leftovers of all ledgers.
    pub(super) fn leftovers(&self) -> impl Iterator<Item = &ProcessInfo> {
        self.0.values().filter(|met| !met.is_shim).map(|met| &met.process)
    }

    /// Those who are not among the living.
    pub(super) fn gone(self, alive: &[ProcessInfo]) -> impl Iterator<Item = Met> {
        self.0
            .into_values()
            .filter(|met| !alive.iter().any(|process| process.identity == met.process.identity))
    }
}
