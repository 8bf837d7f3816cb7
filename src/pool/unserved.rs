//! Whoever gets no instance at once: refused, or a waiter from now on.

use std::time::Instant;

use super::ask::{Answer, Ask, Patience, Purpose};
use super::checkout::Checkout;
use super::effect::{Effect, PoolEvent};
use super::errors;
use super::state::PoolState;
use super::wait_queue::{Class, Waiter};
use crate::model::Error;

impl PoolState {
    /// Why a question is answered with an error.
    pub(super) fn refusal(&mut self, ask: &Ask, why: Checkout) -> Error {
        let session = ask.session.as_deref();
        match why {
            Checkout::Lost(instance) => {
                if let Some(id) = session {
                    // Told once: from here on it is a new session.
                    self.holdings.sessions.end(id);
                }
                let lease_session = match ask.purpose {
                    Purpose::LeaseCall(lease) => {
                        self.holdings.leases.get(&lease).and_then(|lease| lease.session.clone())
                    }
                    _ => None,
                };
                errors::session_lost(&self.name, session.or(lease_session.as_deref()), instance)
            }
            Checkout::TaskLost => errors::task_lost(&self.name, ask.pin.as_ref()),
            Checkout::Shared(instance) => {
                errors::session_is_shared(&self.name, session.unwrap_or_default(), instance)
            }
            _ => errors::released(&self.name),
        }
    }

    /// It has to wait for an instance, if its patience lets it.
    pub(super) fn wait(&mut self, ask: Ask, class: Class, now: Instant) -> Answer {
        let patience = match ask.patience {
            Patience::Pool => match self.holdings.settings.acquire_timeout {
                Some(timeout) if timeout.is_zero() => Patience::AtOnce,
                timeout => timeout
                    .and_then(|timeout| now.checked_add(timeout))
                    .map_or(Patience::Forever, Patience::Until),
            },
            other => other,
        };
        let deadline = match patience {
            Patience::Until(at) => Some(at),
            _ => None,
        };
        let ticket = self.waiters.push(Waiter { ask, class, since: now, deadline });
        self.hint(deadline);
        self.grow(now);
        // A quarantine has refused the waiter already; its effect says so.
        if self.waiters.get(ticket).is_some() && !self.is_covered(class, now) {
            if patience == Patience::AtOnce {
                let error = errors::exhausted(&self.name, &self.holdings, &self.waiters, now);
                self.waiters.remove(ticket);
                self.effects.push(Effect::Event(PoolEvent::Exhausted { waiting: self.waiters.len() }));
                return Answer::Refused(error);
            }
            let any = !matches!(class, Class::LeaseOn(_) | Class::CallOn(_) | Class::CallAfter(_));
            if any && !std::mem::replace(&mut self.told_exhausted, true) {
                self.effects.push(Effect::Event(PoolEvent::Exhausted { waiting: self.waiters.len() }));
            }
        }
        Answer::Waits(ticket)
    }
}
