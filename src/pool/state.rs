//! The state of one pool. Pure: time comes in, effects come out; nothing here starts, stops or waits.
//!
//! | phase of an instance | `started` | `start_failed` | `lost` | last use ends | `replace` | `empty` |
//! |---|---|---|---|---|---|---|
//! | starting | → ready, waiters are served | → gone, waiters that nothing else can serve get the error | – | – | – | → stopping |
//! | ready | – | – | → gone, holders are told | idle for `idleTimeout` → stopping | a successor starts; when it is ready → retiring | → stopping |
//! | retiring | – | – | → gone, holders are told | → stopping | – | → stopping |
//! | leaving | – | – | → gone | → stopping | – | → stopping |
//! | stopping | → stopping | → gone | – | – | – | – |
//!
//! `expel` makes a ready or retiring one leave: holders are told that it is lost, and what is in flight is its last use. `stopped` ends the last
//! phase. After every event the waiters are looked at again, oldest first, then missing instances are started; so
//! no waiter is left who could be served, and whoever comes later cannot take what an earlier one could use.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::ask::{Answer, Ask};
use super::checkout::{Checkout, checkout};
use super::counters::Counters;
use super::effect::{Effect, PoolEvent};
use super::errors;
use super::holdings::{Holdings, Place};
use super::instance_state::Cause;
use super::restart_policy::RestartPolicy;
use super::times::Times;
use super::wait_queue::{Party, Ticket, WaitQueue};
use crate::model::PoolSettings;

/// One pool.
#[derive(Debug)]
pub(crate) struct PoolState {
    pub(super) name: Box<str>,
    pub(super) holdings: Holdings,
    pub(super) waiters: WaitQueue,
    pub(super) policy: Box<dyn RestartPolicy>,
    pub(super) counters: Counters,
    pub(super) times: Times,
    /// Instances that died by themselves and have no successor yet.
    pub(super) died: VecDeque<(u64, Cause)>,
    pub(super) closed: bool,
    pub(super) effects: Vec<Effect>,
    /// The earliest time that came up since somebody asked for it.
    pub(super) hint: Option<Instant>,
    pub(super) told_exhausted: bool,
    pub(super) told_quarantine: Option<Instant>,
}

impl PoolState {
    pub(crate) fn new(name: &str, settings: PoolSettings, policy: Box<dyn RestartPolicy>) -> Self {
        Self {
            name: name.into(),
            holdings: Holdings::new(settings),
            waiters: WaitQueue::default(),
            policy,
            counters: Counters::default(),
            times: Times::default(),
            died: VecDeque::new(),
            closed: false,
            effects: Vec::new(),
            hint: None,
            told_exhausted: false,
            told_quarantine: None,
        }
    }

    /// Somebody wants an instance.
    pub(crate) fn ask(&mut self, ask: Ask, now: Instant) -> Answer {
        if self.closed {
            return Answer::Refused(errors::closed(&self.name));
        }
        match checkout(&self.holdings, &ask) {
            Checkout::Ready(instance) => {
                self.times.wait.record(Duration::ZERO);
                self.take(&ask, instance, now);
                Answer::Ready(instance)
            }
            Checkout::Wait(_) if ask.only_warm && !self.holdings.any_open() => Answer::Cold,
            Checkout::Wait(class) => self.wait(ask, class, now),
            refusal => Answer::Refused(self.refusal(&ask, refusal)),
        }
    }

    /// A waiter has given up. False: it was served or refused before.
    pub(crate) fn withdraw(&mut self, ticket: Ticket, now: Instant) -> bool {
        let Some(waiter) = self.waiters.remove(ticket) else { return false };
        if waiter.ask.session.is_some() {
            self.hint(self.session_deadline(now));
        }
        true
    }

    /// A call that had its instance since then is over.
    pub(crate) fn call_done(&mut self, instance: u64, session: Option<&str>, since: Instant, now: Instant) {
        self.times.record_service(now.saturating_duration_since(since));
        self.holdings.leave_call(instance, session, now);
        self.after_use(instance, session.is_some(), now);
    }

    /// A lease is given back. False: it was before.
    pub(crate) fn release(&mut self, lease: u64, now: Instant) -> bool {
        let Some(state) = self.holdings.leave_lease(lease, now) else { return false };
        self.refuse_calls_of(lease);
        if let Place::On(instance) = state.place {
            self.effects.push(Effect::Event(PoolEvent::Released { instance }));
            self.after_use(instance, state.session.is_some(), now);
        }
        true
    }

    /// Calls of a lease that was given back while they waited.
    fn refuse_calls_of(&mut self, lease: u64) {
        for ticket in self.waiters.of(&Party::Lease(lease)) {
            let error = errors::released(&self.name);
            self.refuse(ticket, error);
        }
    }

    /// What is to be done, once.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The earliest time that came up since the last call, if any: a clock that sleeps longer must be set.
    pub(crate) fn take_hint(&mut self) -> Option<Instant> {
        self.hint.take()
    }

    /// When a session that was used now is idle.
    pub(super) fn session_deadline(&self, now: Instant) -> Option<Instant> {
        self.holdings.settings.session_idle_timeout.and_then(|timeout| now.checked_add(timeout))
    }

    pub(super) fn hint(&mut self, at: Option<Instant>) {
        self.hint = self.hint.into_iter().chain(at).min();
    }

    /// Counts a use, and what it says of the instance.
    pub(super) fn take(&mut self, ask: &Ask, instance: u64, now: Instant) {
        if ask.purpose.is_lease() {
            let first = self.holdings.instances.get(&instance).is_some_and(|it| it.last_used == it.born);
            if !first {
                self.counters.reused += 1;
                self.effects.push(Effect::Event(PoolEvent::Reused { instance }));
            }
        }
        if self.holdings.enter(ask.purpose, ask.session.as_deref(), instance, now)
            && let Some(party) = Party::of(ask)
        {
            self.revisit(&party, now);
        }
    }
}
