//! Instances come and go: started, failed, lost, stopped.

use std::time::Instant;

use super::effect::{Effect, Notice, PoolEvent};
use super::errors;
use super::holdings::Place;
use super::instance_state::{Cause, Phase};
use super::restart_policy::Life;
use super::state::PoolState;
use super::wait_queue::Class;
use crate::model::Error;

impl PoolState {
    /// An instance shook hands.
    pub(crate) fn started(&mut self, number: u64, now: Instant) {
        let Some(instance) = self.holdings.instances.get_mut(&number) else { return };
        if instance.phase != Phase::Starting {
            return;
        }
        instance.phase = Phase::Ready;
        instance.ready_since = Some(now);
        self.times.record_start(now.saturating_duration_since(instance.born));
        self.counters.started += 1;
        self.policy.started(now);
        self.told_quarantine = None;
        self.effects.push(Effect::Event(PoolEvent::Created { instance: number }));
        if !self.succeed(number, now)
            && let Some((old, cause)) = self.died.pop_front()
        {
            self.restarted(old, number, cause);
        }
        self.serve(now);
        self.settle(number, now);
    }

    /// An instance could not be started.
    pub(crate) fn start_failed(&mut self, number: u64, error: &Error, now: Instant) {
        let Some(instance) = self.holdings.remove(number) else { return };
        if let Phase::Stopping(_) = instance.phase {
            // Given up by us: nobody waits for it any more.
            self.policy.given_up(now);
            return self.serve(now);
        }
        self.counters.failed += 1;
        self.policy.start_failed(now, error);
        self.tell_quarantine(now);
        self.effects.push(Effect::Event(PoolEvent::StartFailed { error: error.clone() }));
        self.forget_successor(number);
        if instance.is_dedicated() {
            if let Some(&ticket) = self.waiters.in_class(Class::Dedicated(instance.handlers)).first() {
                self.refuse(ticket, error.clone());
            }
        } else if !instance.surplus {
            self.refuse_hopeless(error);
        }
        self.serve(now);
    }

    /// An instance died, or its streams did. `answered`: it had answered something since it was ready. False: it is not in use (any more).
    pub(crate) fn lost(
        &mut self,
        number: u64,
        cause: Cause,
        error: Option<&Error>,
        answered: bool,
        now: Instant,
    ) -> bool {
        let Some(instance) = self.holdings.instances.get(&number) else { return false };
        if !instance.is_in_use() {
            return false;
        }
        let lived = now.saturating_duration_since(instance.ready_since.unwrap_or(now));
        let (successor, was_leaving) = (instance.successor, !instance.serves_its_own());
        // What the pool itself asked of it proves nothing: a lease takes its subscriptions along to each that is started for it.
        let served = answered && instance.ended_calls > 0;
        self.holdings.remove(number);
        self.counters.failed += 1;
        // Who was leaving was judged and mourned before.
        if !was_leaving {
            self.policy.died(now, Life { lived, served }, error);
            self.tell_quarantine(now);
            if let Some((successor, _)) = successor {
                self.promote(successor);
            }
            self.died.push_back((number, cause));
            let leases = self.holdings.leases_on(number);
            self.cast_off(number, cause, now);
            self.seek_homes(leases);
        }
        self.serve(now);
        true
    }

    /// A successor counts against `maxInstances` from now on.
    pub(super) fn promote(&mut self, successor: u64) {
        if let Some(successor) = self.holdings.instances.get_mut(&successor) {
            successor.surplus = false;
        }
    }

    /// Nothing of a stopped instance is left.
    pub(crate) fn stopped(&mut self, number: u64, now: Instant) {
        let Some(instance) = self.holdings.instances.get(&number) else { return };
        let Phase::Stopping(cause) = instance.phase else { return };
        if instance.ready_since.is_none() {
            self.policy.given_up(now);
        }
        self.holdings.remove(number);
        self.counters.retired += 1;
        self.effects.push(Effect::Event(PoolEvent::Retired { instance: number, cause }));
        self.serve(now);
    }

    /// Everybody who was on an instance hears that it is gone.
    pub(super) fn cast_off(&mut self, number: u64, cause: Cause, now: Instant) {
        self.holdings.sessions.lose(number);
        for lease in self.holdings.leases_on(number) {
            let place = if self.may_move(lease) { Place::Adrift } else { Place::Lost(number) };
            if let Some(state) = self.holdings.leases.get_mut(&lease) {
                state.place = place;
            }
            let notice = Notice { lease, lost: true, instance: number, cause: cause.to_owned() };
            self.effects.push(Effect::Notice(notice));
        }
        if let Some(instance) = self.holdings.instances.get_mut(&number) {
            instance.leases = 0;
            instance.sessions = 0;
        }
        self.refuse_stranded(number, now);
    }

    /// Who waits for a place on an instance that is gone: what may move joins the others, the rest is told.
    fn refuse_stranded(&mut self, number: u64, now: Instant) {
        for class in [Class::LeaseOn(number), Class::CallOn(number), Class::CallAfter(number)] {
            for ticket in self.waiters.in_class(class) {
                let Some(waiter) = self.waiters.get(ticket) else { continue };
                match waiter.ask.session.clone() {
                    // All who waited are told, and only then it is a new session.
                    Some(id) => {
                        self.holdings.sessions.end(&id);
                        let error = errors::session_lost(&self.name, Some(&id), number);
                        self.refuse(ticket, error);
                    }
                    None => drop(self.try_waiter(ticket, class, now)),
                }
            }
        }
    }

    fn restarted(&mut self, old: u64, instance: u64, cause: Cause) {
        self.counters.restarted += 1;
        let event = PoolEvent::Restarted { old, instance, cause: cause.to_owned() };
        self.effects.push(Effect::Event(event));
    }

    /// A successor takes over from the instance that it was started for. False: it is nobody's successor.
    fn succeed(&mut self, number: u64, now: Instant) -> bool {
        let heir = |(old, instance): (&u64, &super::instance_state::InstanceState)| match instance.successor {
            Some((next, cause)) if next == number => Some((*old, cause)),
            _ => None,
        };
        let Some((old, cause)) = self.holdings.instances.iter().find_map(heir) else { return false };
        self.promote(number);
        self.restarted(old, number, cause);
        self.hand_over(old, number, cause, now);
        true
    }

    fn forget_successor(&mut self, number: u64) {
        for instance in self.holdings.instances.values_mut() {
            if instance.successor.is_some_and(|(next, _)| next == number) {
                instance.successor = None;
            }
        }
    }
}
