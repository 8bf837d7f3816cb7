//! Instances are replaced or stopped: successor, idle, closed.

use std::time::{Duration, Instant};

use super::effect::{Effect, Notice, PoolEvent};
use super::errors;
use super::instance_state::{Cause, InstanceState, Phase};
use super::restart_policy::Permission;
use super::sessions::Binding;
use super::state::PoolState;
use super::wait_queue::Party;
use crate::model::Error;

impl PoolState {
    /// Starts a successor for an instance; when it is ready the old one gets no new work, is drained and stopped. False: it does not serve,
    /// another one is being replaced, or the server may not be started now; ask again later.
    pub(crate) fn replace(&mut self, number: u64, cause: Cause, now: Instant) -> bool {
        let busy = self.holdings.instances.values().any(|instance| instance.successor.is_some());
        let ready = self.holdings.instances.get(&number).is_some_and(InstanceState::is_replaceable);
        if self.closed || busy || !ready || self.policy.permission(now, false) != Permission::Now {
            return false;
        }
        let successor = super::ids::next();
        if let Some(instance) = self.holdings.instances.get_mut(&number) {
            instance.successor = Some((successor, cause));
        }
        self.holdings.instances.insert(successor, InstanceState::starting(now, 0, true));
        self.effects.push(Effect::Start { instance: successor, handlers: 0 });
        true
    }

    /// The old one keeps only who must stay.
    pub(super) fn hand_over(&mut self, old: u64, new: u64, cause: Cause, now: Instant) {
        if let Some(instance) = self.holdings.instances.get_mut(&old) {
            instance.phase = Phase::Retiring(cause);
            instance.successor = None;
            instance.surplus = true;
        }
        for lease in self.holdings.leases_on(old) {
            if self.may_move(lease) {
                self.move_lease(lease, old, new);
            }
            let notice = Notice { lease, lost: false, instance: old, cause: cause.to_owned() };
            self.effects.push(Effect::Notice(notice));
        }
        self.settle(old, now);
    }

    /// A session is over. False: nobody knew it.
    pub(crate) fn end_session(&mut self, id: &str, now: Instant) -> bool {
        let binding = self.holdings.sessions.end(id);
        if let Some(instance) = self.holdings.unbind(binding) {
            self.revisit(&Party::Session(id.into()), now);
            self.serve(now);
            self.settle(instance, now);
        }
        binding != Binding::Unknown
    }

    /// Stops all instances and refuses all waiters with `error`; the pool itself goes on.
    pub(crate) fn empty(&mut self, error: &Error, grace: Option<Duration>, now: Instant) {
        for ticket in self.waiters.all() {
            self.refuse(ticket, error.clone());
        }
        let running: Vec<u64> = self.holdings.instances.keys().copied().collect();
        for number in running {
            self.cast_off(number, "closed", now);
            self.stop_with(number, "closed", grace);
        }
        self.died.clear();
        // Closed on purpose: who holds a lease gets another one with the next call.
        self.holdings.homeless.clear();
        self.policy.forgive();
        self.told_quarantine = None;
    }

    /// Takes no more work and stops everything.
    pub(crate) fn close(&mut self, grace: Option<Duration>, now: Instant) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let error = errors::closed(&self.name);
        self.empty(&error, grace, now);
        self.effects.push(Effect::Event(PoolEvent::Shutdown));
    }

    /// Does what is due; says when to come again.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<Instant> {
        self.hint = None;
        for ticket in self.waiters.due(now) {
            let error = errors::exhausted(&self.name, &self.holdings, &self.waiters, now);
            self.refuse(ticket, error);
            self.effects.push(Effect::Event(PoolEvent::Exhausted { waiting: self.waiters.len() }));
        }
        if let Some(timeout) = self.holdings.settings.session_idle_timeout {
            for number in self.expired_sessions(now, timeout) {
                self.holdings.unbind(Binding::Bound(number));
                self.settle(number, now);
            }
        }
        self.expire_tasks(now);
        self.retire_idle(now);
        self.serve(now);
        let own = self.hint.take();
        own.into_iter().chain(self.next_due(now)).min()
    }

    pub(super) fn stop(&mut self, number: u64, cause: Cause, now: Instant) {
        debug_assert!(self.holdings.instances.get(&number).is_some_and(InstanceState::is_unused), "{now:?}");
        self.stop_with(number, cause, None);
    }

    fn stop_with(&mut self, number: u64, cause: Cause, grace: Option<Duration>) {
        let Some(instance) = self.holdings.instances.get_mut(&number) else { return };
        if matches!(instance.phase, Phase::Stopping(_)) {
            return;
        }
        // Its memory is in need.
        let at_once = matches!(instance.phase, Phase::Leaving(_)).then_some(Duration::ZERO);
        instance.phase = Phase::Stopping(cause);
        instance.successor = None;
        self.effects.push(Effect::Stop { instance: number, grace: grace.or(at_once) });
    }

    /// Unbinds idle sessions. One with a waiter is in use.
    fn expired_sessions(&mut self, now: Instant, timeout: Duration) -> Vec<u64> {
        let waiters = &self.waiters;
        self.holdings.sessions.expire(now, timeout, |id| waiters.has_session(id))
    }

    /// Instances do not stay for tasks whose time is over.
    fn expire_tasks(&mut self, now: Instant) {
        let expire = |(number, it): (&u64, &mut InstanceState)| it.tasks.expire(now).then_some(*number);
        let expired: Vec<u64> = self.holdings.instances.iter_mut().filter_map(expire).collect();
        for number in expired {
            self.settle(number, now);
        }
    }

    fn retire_idle(&mut self, now: Instant) {
        let Some(timeout) = self.holdings.settings.idle_timeout else { return };
        let due = |(number, instance): (&u64, &InstanceState)| {
            let idle = instance.is_open() && instance.is_unused() && instance.successor.is_none();
            (idle && now.saturating_duration_since(instance.last_used) >= timeout).then_some(*number)
        };
        let idle: Vec<u64> = self.holdings.instances.iter().filter_map(due).collect();
        // The oldest is kept: ties in checkout go to it.
        for number in idle.into_iter().rev() {
            if self.holdings.serving() > self.holdings.settings.min_instances as usize {
                self.stop(number, "idle", now);
            }
        }
    }

    fn next_due(&self, now: Instant) -> Option<Instant> {
        let settings = &self.holdings.settings;
        let spare = self.holdings.serving() > settings.min_instances as usize;
        let idle = settings.idle_timeout.filter(|_| spare).and_then(|timeout| {
            let unused = self
                .holdings
                .instances
                .values()
                .filter(|it| it.is_open() && it.is_unused() && it.successor.is_none());
            unused.filter_map(|instance| instance.last_used.checked_add(timeout)).filter(|at| *at > now).min()
        });
        let waiters = &self.waiters;
        let next = |timeout| self.holdings.sessions.next_expiry(timeout, |id| waiters.has_session(id));
        let session = settings.session_idle_timeout.and_then(next);
        let tasks = self.holdings.instances.values().filter_map(|instance| instance.tasks.next_end()).min();
        [self.waiters.next_deadline(), idle, session, tasks].into_iter().flatten().min()
    }
}
