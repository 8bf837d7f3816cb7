//! How many instances are missing. Pure functions over [`Holdings`] and those who wait.
//!
//! As many as the number of waiters and of homeless leases fills beyond what is starting already, and `minInstances`. Calls that are soon
//! served are no need ([`super::backlog`]). Whether one may start now is the business of `maxInstances` and of the restart policy, which may
//! say *quarantined*.

use super::holdings::Holdings;
use super::instance_state::InstanceState;
use super::wait_queue::{Class, WaitQueue};
use crate::model::Sharing;

/// Starts that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WantedStarts {
    /// For anybody.
    pub(crate) shared: usize,
    /// For a holder with these handlers.
    pub(crate) dedicated: Option<u8>,
}

/// What the waiters and `minInstances` need beyond what is starting; so many `calls` of them are worth it.
pub(crate) fn wanted_starts(holdings: &Holdings, waiters: &WaitQueue, calls: usize) -> WantedStarts {
    let starting = holdings.starting(0);
    let leases = waiters.count(Class::AnyLease) + holdings.homeless.len();
    let filled = if holdings.settings.sharing == Sharing::Exclusive {
        leases + calls
    } else {
        let each = |waiting: usize, limit: u32| waiting.div_ceil(limit.max(1) as usize);
        each(leases, holdings.settings.max_leases_per_instance)
            .max(each(calls, holdings.settings.max_calls_per_instance))
    };
    let missing_min = (holdings.settings.min_instances as usize).saturating_sub(holdings.serving());
    WantedStarts {
        shared: filled.saturating_sub(starting).max(missing_min),
        dedicated: waiters.dedicated().into_iter().find(|&kind| misses_own(holdings, waiters, kind)),
    }
}

/// The calls in flight that make room for anybody's when they end, and places for calls on what is starting.
pub(crate) fn served_together(holdings: &Holdings) -> usize {
    let settings = &holdings.settings;
    let exclusive = settings.sharing == Sharing::Exclusive;
    let makes_room = |instance: &&InstanceState| {
        let held = instance.leases + instance.sessions > 0;
        instance.is_open() && !instance.strained && !(exclusive && held)
    };
    let in_flight: u32 = holdings.instances.values().filter(makes_room).map(|instance| instance.calls).sum();
    let places = if exclusive { 1 } else { settings.max_calls_per_instance as usize };
    (in_flight as usize).saturating_add(holdings.starting(0).saturating_mul(places))
}

/// Whether somebody with these handlers waits for whom nothing is starting.
pub(crate) fn misses_own(holdings: &Holdings, waiters: &WaitQueue, handlers: u8) -> bool {
    waiters.count(Class::Dedicated(handlers)) > holdings.starting(handlers)
}
