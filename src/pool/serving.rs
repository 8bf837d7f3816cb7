//! Waiters are served or refused, in their order; what a use leaves behind.

use std::time::Instant;

use super::checkout::{Checkout, checkout};
use super::effect::{Effect, PoolEvent};
use super::instance_state::Phase;
use super::state::PoolState;
use super::wait_queue::{Class, Party, Ticket};
use crate::model::Error;

impl PoolState {
    /// Gives what is free to those who wait, then starts what is missing.
    pub(super) fn serve(&mut self, now: Instant) {
        self.find_homes(now);
        while self.serve_one(now) {}
        if self.waiters.is_empty() {
            self.told_exhausted = false;
        }
        self.grow(now);
    }

    /// Serves the oldest waiter that can be served. True: look again.
    fn serve_one(&mut self, now: Instant) -> bool {
        if self.waiters.is_empty() {
            return false;
        }
        self.waiters.heads().into_iter().any(|(ticket, class)| self.try_waiter(ticket, class, now))
    }

    pub(super) fn try_waiter(&mut self, ticket: Ticket, class: Class, now: Instant) -> bool {
        let Some(waiter) = self.waiters.get(ticket) else { return false };
        match checkout(&self.holdings, &waiter.ask) {
            Checkout::Wait(needed) if needed == class => return false,
            // Its session was bound, or its lease cast adrift, while it waited.
            Checkout::Wait(needed) => self.waiters.reclass(ticket, needed),
            Checkout::Ready(instance) => {
                if let Some(waiter) = self.waiters.remove(ticket) {
                    self.times.wait.record(now.saturating_duration_since(waiter.since));
                    self.take(&waiter.ask, instance, now);
                    self.effects.push(Effect::Granted { ticket, instance });
                }
            }
            refusal => {
                if let Some(waiter) = self.waiters.remove(ticket) {
                    let error = self.refusal(&waiter.ask, refusal);
                    self.effects.push(Effect::Refused { ticket, error });
                }
            }
        }
        true
    }

    /// A party is in another place now, so that its waiters need another thing.
    pub(super) fn revisit(&mut self, party: &Party, now: Instant) {
        for ticket in self.waiters.of(party) {
            if let Some(class) = self.waiters.get(ticket).map(|waiter| waiter.class) {
                self.try_waiter(ticket, class, now);
            }
        }
    }

    /// Refuses everybody that only a new instance could serve.
    pub(super) fn refuse_hopeless(&mut self, error: &Error) {
        if self.holdings.any_open() || self.holdings.starting(0) > 0 {
            return;
        }
        self.refuse_class(Class::AnyLease, error);
        self.refuse_class(Class::AnyCall, error);
    }

    pub(super) fn refuse_class(&mut self, class: Class, error: &Error) {
        for ticket in self.waiters.in_class(class) {
            self.refuse(ticket, error.clone());
        }
    }

    pub(super) fn refuse(&mut self, ticket: Ticket, error: Error) {
        if self.waiters.remove(ticket).is_some() {
            self.effects.push(Effect::Refused { ticket, error });
        }
    }

    pub(super) fn quarantine(&mut self, until: Instant, error: &Error) {
        self.quarantined(until, error);
        self.refuse_hopeless(error);
        for handlers in self.waiters.dedicated() {
            self.refuse_class(Class::Dedicated(handlers), error);
        }
    }

    /// Tells of a quarantine that a failure led to, also when nobody waits.
    pub(super) fn tell_quarantine(&mut self, now: Instant) {
        if let Some((until, error)) = self.policy.quarantine(now) {
            self.quarantined(until, &error);
        }
    }

    fn quarantined(&mut self, until: Instant, error: &Error) {
        if self.told_quarantine.replace(until) != Some(until) {
            let event = PoolEvent::Quarantined { until, error: error.clone() };
            self.effects.push(Effect::Event(event));
        }
    }

    /// A use of an instance ended: somebody may take its place, or nobody needs the instance any more.
    pub(super) fn after_use(&mut self, number: u64, had_session: bool, now: Instant) {
        if had_session {
            self.hint(self.session_deadline(now));
        }
        if !self.waiters.is_empty() {
            self.serve(now);
        }
        self.settle(number, now);
    }

    /// What becomes of an instance that may be unused.
    pub(super) fn settle(&mut self, number: u64, now: Instant) {
        let Some(instance) = self.holdings.instances.get(&number) else { return };
        if !instance.is_unused() {
            return;
        }
        match instance.phase {
            Phase::Retiring(cause) | Phase::Leaving(cause) => self.stop(number, cause, now),
            Phase::Ready if instance.is_dedicated() => self.stop(number, "handlers", now),
            // The last ones stay anyway: their users need not wake the clock.
            Phase::Ready if self.holdings.serving() <= self.holdings.settings.min_instances as usize => {}
            Phase::Ready => {
                self.hint(self.holdings.settings.idle_timeout.and_then(|timeout| now.checked_add(timeout)));
            }
            Phase::Starting | Phase::Stopping(_) => {}
        }
    }
}
