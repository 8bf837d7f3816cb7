//! What those who watch the instances tell the state: memory and health.

use std::time::Instant;

use super::instance_state::Cause;
use super::state::PoolState;

impl PoolState {
    /// The whole tree of an instance uses so much.
    pub(crate) fn measured(&mut self, number: u64, bytes: u64) {
        if let Some(instance) = self.holdings.instances.get_mut(&number) {
            instance.memory_bytes = bytes;
        }
    }

    /// An instance is silent while it should answer, or answers again. Whoever is on it stays.
    pub(crate) fn set_healthy(&mut self, number: u64, healthy: bool, now: Instant) {
        let Some(instance) = self.holdings.instances.get_mut(&number) else { return };
        if std::mem::replace(&mut instance.healthy, healthy) != healthy {
            self.serve(now);
            self.settle(number, now);
        }
    }

    /// Replaces an instance that uses too much memory. One that did so soon after its start counts as failed: a limit below what the server
    /// needs must not make it start again and again. False: not now.
    pub(crate) fn outgrown(&mut self, number: u64, cause: Cause, now: Instant) -> bool {
        let ready_since = self.holdings.instances.get(&number).and_then(|instance| instance.ready_since);
        let replaced = self.replace(number, cause, now);
        if replaced && let Some(since) = ready_since {
            self.policy.died(now, now.saturating_duration_since(since), None);
            self.tell_quarantine(now);
        }
        replaced
    }
}

#[cfg(test)]
#[path = "watched_tests.rs"]
mod tests;
