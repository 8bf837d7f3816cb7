//! What is missing for those who wait is started, as far as it is worth it and limit and policy allow.

use std::time::{Duration, Instant};

use super::backlog::Backlog;
use super::effect::Effect;
use super::instance_state::{InstanceState, Phase};
use super::need::{misses_own, served_together, wanted_starts};
use super::restart_policy::Permission;
use super::state::PoolState;
use super::wait_queue::Class;

impl PoolState {
    /// Starts instances for those who wait and for `minInstances`, as far as limit and policy allow.
    pub(super) fn grow(&mut self, now: Instant) {
        while !self.closed {
            let (calls, patience) = self.calls_in_need(now);
            self.hint(patience.and_then(|patience| now.checked_add(patience)));
            let wanted = wanted_starts(&self.holdings, &self.waiters, calls);
            if wanted.dedicated.is_none() && wanted.shared == 0 {
                return;
            }
            if !self.has_space() {
                self.make_room(now);
                return;
            }
            let hopeless =
                self.someone_waits() && !self.holdings.any_open() && self.holdings.starting(0) == 0;
            let urgent = wanted.dedicated.is_some() || hopeless;
            match self.policy.permission(now, urgent) {
                Permission::Now => self.start(wanted.dedicated.unwrap_or_default(), now),
                Permission::After(at) => return self.hint(Some(at)),
                Permission::Quarantined { until, error } => {
                    self.hint(Some(until));
                    return self.quarantine(until, &error);
                }
            }
        }
    }

    /// Whether a waiter of this class will be served by what is starting now, or sooner than by another start.
    pub(super) fn is_covered(&self, class: Class, now: Instant) -> bool {
        match class {
            Class::Dedicated(handlers) => !misses_own(&self.holdings, &self.waiters, handlers),
            Class::AnyLease | Class::AnyCall => {
                wanted_starts(&self.holdings, &self.waiters, self.calls_in_need(now).0).shared == 0
            }
            Class::LeaseOn(_) | Class::CallOn(_) | Class::CallAfter(_) => false,
        }
    }

    /// How many of the calls that wait for any instance are worth a start, and how long they can wait where none is.
    fn calls_in_need(&self, now: Instant) -> (usize, Option<Duration>) {
        let Some(oldest) = self.waiters.oldest(Class::AnyCall) else { return (0, None) };
        let backlog = Backlog {
            waiting: self.waiters.count(Class::AnyCall),
            oldest_wait: now.saturating_duration_since(oldest),
            served_together: served_together(&self.holdings),
            service: self.times.recent_service(),
            start: self.times.usual_start(),
        };
        match backlog.patience().filter(|_| self.has_space()) {
            None => (backlog.waiting, None),
            patience => (0, patience),
        }
    }

    fn start(&mut self, handlers: u8, now: Instant) {
        let instance = super::ids::next();
        self.holdings.instances.insert(instance, InstanceState::starting(now, handlers, false));
        self.effects.push(Effect::Start { instance, handlers });
    }

    fn has_space(&self) -> bool {
        self.holdings.counted() < self.holdings.settings.max_instances as usize
    }

    fn someone_waits(&self) -> bool {
        self.waiters.count(Class::AnyLease) + self.waiters.count(Class::AnyCall) > 0
    }

    /// Somebody needs an instance of another kind than those which stand idle: the one that was idle longest leaves.
    fn make_room(&mut self, now: Instant) {
        let leaves_room =
            |instance: &InstanceState| matches!(instance.phase, Phase::Stopping(_)) && !instance.surplus;
        if self.holdings.instances.values().any(leaves_room) {
            return;
        }
        let idle = |(_, instance): &(&u64, &InstanceState)| {
            instance.phase == Phase::Ready && instance.is_unused() && instance.successor.is_none()
        };
        let longest =
            self.holdings.instances.iter().filter(idle).min_by_key(|(_, instance)| instance.last_used);
        if let Some(number) = longest.map(|(number, _)| *number) {
            self.stop(number, "room", now);
        }
    }
}

#[cfg(test)]
#[path = "growing_tests.rs"]
mod tests;
