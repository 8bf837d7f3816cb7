//! What a pool says of itself.

use std::time::Duration;

use super::checkout;
use super::counters::Counters;
use super::holdings::Place;
use super::instance_state::{InstanceState, Phase};
use super::state::PoolState;
use super::times::Spread;
use crate::model::PoolSettings;

/// The numbers of this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PoolFigures {
    /// Processes that start, serve or are being stopped.
    pub(crate) instances: usize,
    /// That serve.
    pub(crate) ready: usize,
    pub(crate) starting: usize,
    pub(crate) retiring: usize,
    /// On top of `maxInstances`: successors on the way, and whom they took over from.
    pub(crate) replacements: usize,
    /// Ready, with a lease or a call.
    pub(crate) busy: usize,
    pub(crate) leases: usize,
    pub(crate) calls: usize,
    pub(crate) sessions: usize,
    pub(crate) waiting: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) counters: Counters,
}

impl PoolState {
    pub(crate) fn figures(&self) -> PoolFigures {
        let all = || self.holdings.instances.values();
        let count = |test: fn(&InstanceState) -> bool| all().filter(|instance| test(instance)).count();
        PoolFigures {
            instances: all().count(),
            ready: count(InstanceState::serves_its_own),
            starting: count(|instance| instance.phase == Phase::Starting),
            retiring: count(|instance| {
                matches!(instance.phase, Phase::Retiring(_) | Phase::Leaving(_) | Phase::Stopping(_))
            }),
            replacements: count(|instance| instance.surplus),
            busy: count(|instance| instance.serves_its_own() && instance.leases + instance.calls > 0),
            leases: self.holdings.leases.len(),
            calls: all().map(|instance| instance.calls as usize).sum(),
            sessions: self.holdings.sessions.live(),
            waiting: self.waiters.len(),
            memory_bytes: all().map(|instance| instance.memory_bytes).sum(),
            counters: self.counters,
        }
    }

    pub(crate) fn settings(&self) -> &PoolSettings {
        &self.holdings.settings
    }

    /// How long starts, waits and calls took so far.
    pub(crate) fn times(&self) -> Spread {
        self.times.spread()
    }

    /// What nearly all calls stay under; `None`: too few to tell.
    pub(crate) fn usual_service(&self) -> Option<Duration> {
        self.times.usual_service()
    }

    /// Whether it takes no more work.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Between SIGTERM and SIGKILL; `None`: for ever.
    pub(crate) fn grace(&self) -> Option<Duration> {
        self.holdings.settings.grace
    }

    /// The instances and what is known of each.
    pub(crate) fn instances(&self) -> impl Iterator<Item = (u64, &InstanceState)> {
        self.holdings.instances.iter().map(|(number, instance)| (*number, instance))
    }

    /// Settings for an instance that is to be started; `None`: it is not wanted any more.
    pub(crate) fn settings_for_start(&self, number: u64) -> Option<PoolSettings> {
        let wanted = self.holdings.instances.get(&number).is_some_and(|it| it.phase == Phase::Starting);
        wanted.then(|| self.holdings.settings.clone())
    }

    /// Whether an instance that is ready but for being warm may take its time: the one that it will follow serves, and nobody waits.
    pub(crate) fn may_warm_up(&self, number: u64) -> bool {
        let followed = |it: &InstanceState| it.successor.is_some_and(|(successor, _)| successor == number);
        let predecessor = self.holdings.instances.values().find(|instance| followed(instance));
        self.waiters.is_empty() && predecessor.is_some_and(|it| it.is_open() && !it.strained)
    }

    /// All that are open, oldest first.
    pub(crate) fn leases(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.holdings.leases.keys().copied().collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn leases_on(&self, instance: u64) -> Vec<u64> {
        self.holdings.leases_on(instance)
    }

    /// Where a lease is and whose session it is; `None`: nobody knows it.
    pub(crate) fn lease(&self, lease: u64) -> Option<(Option<u64>, Option<Box<str>>)> {
        let state = self.holdings.leases.get(&lease)?;
        let instance = match state.place {
            Place::On(instance) | Place::Lost(instance) => Some(instance),
            Place::Adrift => None,
        };
        Some((instance, state.session.clone()))
    }

    /// Which of the instances that made a task of the same name is meant.
    pub(crate) fn keeper(&self, owners: &[u64], lease: Option<u64>, session: Option<&str>) -> Option<u64> {
        checkout::keeper(&self.holdings, owners, lease, session)
    }

    /// What is known of an instance.
    pub(crate) fn instance(&self, number: u64) -> Option<&InstanceState> {
        self.holdings.instances.get(&number)
    }
}
