//! What those who watch the instances tell the state: memory and health.

use std::time::Instant;

use super::instance_state::{Cause, Phase};
use super::restart_policy::Life;
use super::state::PoolState;
use crate::mcp::tasks::TaskNews;

/// An instance that ended so many calls was not started in vain.
const WORTH_A_START: u64 = 100;

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

    /// Something was heard of a task that an instance runs.
    pub(crate) fn hear_task(&mut self, number: u64, task: &str, news: TaskNews, now: Instant) {
        let Some(instance) = self.holdings.instances.get_mut(&number).filter(|it| it.serves_its_own()) else {
            return;
        };
        let until = instance.tasks.hear(task, news, now);
        instance.last_used = now;
        self.hint(until);
        self.settle(number, now);
    }

    /// An instance is far above its memory limit, or not any more. Whoever must stay on it stays.
    pub(crate) fn set_strained(&mut self, number: u64, strained: bool, now: Instant) {
        let Some(instance) = self.holdings.instances.get_mut(&number) else { return };
        if std::mem::replace(&mut instance.strained, strained) != strained {
            self.serve(now);
        }
    }

    /// Replaces an instance that uses too much memory, which it did first at `since`. False: not now.
    pub(crate) fn outgrown(&mut self, number: u64, cause: Cause, since: Instant, now: Instant) -> bool {
        let replaced = self.replace(number, cause, now);
        if replaced {
            self.judge_growth(number, since, now);
        }
        replaced
    }

    /// Takes an instance out of service that used too much memory, first at `since`: whoever is on it hears that it is lost, what is in flight
    /// may end, then it is stopped. False: it does not serve.
    pub(crate) fn expel(&mut self, number: u64, cause: Cause, since: Instant, now: Instant) -> bool {
        let Some(instance) = self.holdings.instances.get_mut(&number).filter(|it| it.serves_its_own()) else {
            return false;
        };
        let before = std::mem::replace(&mut instance.phase, Phase::Leaving(cause));
        let successor = instance.successor.take();
        instance.surplus = true;
        // Who asks for one hears that it is lost.
        instance.tasks.clear();
        if before == Phase::Ready {
            self.died.push_back((number, cause));
        }
        match successor {
            Some((successor, _)) => self.promote(successor),
            None if before == Phase::Ready => self.judge_growth(number, since, now),
            None => {}
        }
        let leases = self.holdings.leases_on(number);
        self.cast_off(number, cause, now);
        self.seek_homes(leases);
        self.serve(now);
        self.settle(number, now);
        true
    }

    /// One that outgrew its limit soon after its start counts as failed: a limit below what the server needs must not make it start again and
    /// again. One that leaks fast under many calls was worth its start.
    fn judge_growth(&mut self, number: u64, since: Instant, now: Instant) {
        let Some(instance) = self.holdings.instances.get(&number) else { return };
        let lived = since.saturating_duration_since(instance.ready_since.unwrap_or(since));
        let served = instance.ended_calls >= WORTH_A_START;
        self.policy.died(now, Life { lived, served }, None);
        self.tell_quarantine(now);
    }
}

#[cfg(test)]
#[path = "watched_tests.rs"]
mod tests;
