//! Who holds what: instances, leases, sessions. The counts of an instance change here and nowhere else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use super::ask::Purpose;
use super::instance_state::{InstanceState, Phase};
use super::sessions::{Binding, Sessions};
use crate::model::{PoolSettings, Sharing};

/// Where a lease is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this instance.
    On(u64),
    /// Its instance is gone; any other will do.
    Adrift,
    /// Its instance is gone, and with it what the holder had there.
    Lost(u64),
}

/// An open lease.
#[derive(Debug, Clone)]
pub(crate) struct LeaseState {
    pub(crate) place: Place,
    pub(crate) session: Option<Box<str>>,
    /// On an instance of its own, with its handlers.
    pub(crate) dedicated: bool,
    pub(crate) since: Instant,
}

impl LeaseState {
    /// Any instance of a pool with this kind of sharing would do as well.
    pub(crate) fn may_move(&self, sharing: Sharing) -> bool {
        let free = self.session.is_none() && !self.dedicated && !matches!(self.place, Place::Lost(_));
        free && sharing == Sharing::Shared
    }
}

/// Everything that checkout looks at.
#[derive(Debug)]
pub(crate) struct Holdings {
    pub(crate) settings: PoolSettings,
    pub(crate) instances: BTreeMap<u64, InstanceState>,
    pub(crate) sessions: Sessions,
    pub(crate) leases: HashMap<u64, LeaseState>,
    /// Leases adrift because their instance died: they get another one as soon as there is room.
    pub(crate) homeless: BTreeSet<u64>,
    /// Instances taken out so far.
    pub(crate) removed: u64,
}

impl Holdings {
    pub(crate) fn new(settings: PoolSettings) -> Self {
        Self {
            settings,
            instances: BTreeMap::new(),
            sessions: Sessions::default(),
            leases: HashMap::new(),
            homeless: BTreeSet::new(),
            removed: 0,
        }
    }

    /// Takes an instance out.
    pub(crate) fn remove(&mut self, number: u64) -> Option<InstanceState> {
        let instance = self.instances.remove(&number)?;
        self.removed += 1;
        Some(instance)
    }

    /// Processes that count against `maxInstances`.
    pub(crate) fn counted(&self) -> usize {
        self.instances.values().filter(|instance| !instance.surplus).count()
    }

    /// Instances for anybody that serve or will.
    pub(crate) fn serving(&self) -> usize {
        let serves = |instance: &&InstanceState| {
            !instance.is_dedicated()
                && !instance.surplus
                && matches!(instance.phase, Phase::Starting | Phase::Ready)
        };
        self.instances.values().filter(serves).count()
    }

    /// Instances on the way, for anybody or for holders with these handlers.
    pub(crate) fn starting(&self, handlers: u8) -> usize {
        let starts =
            |instance: &&InstanceState| instance.phase == Phase::Starting && instance.handlers == handlers;
        self.instances.values().filter(starts).count()
    }

    pub(crate) fn all_starting(&self) -> usize {
        self.instances.values().filter(|instance| instance.phase == Phase::Starting).count()
    }

    pub(crate) fn any_open(&self) -> bool {
        self.instances.values().any(InstanceState::is_open)
    }

    /// Counts a use that begins. True: its session or lease was bound to the instance by it.
    pub(crate) fn enter(
        &mut self,
        purpose: Purpose,
        session: Option<&str>,
        number: u64,
        now: Instant,
    ) -> bool {
        let bound = session.is_some_and(|id| self.sessions.enter(id, number, purpose.is_lease(), now));
        let max_leases = self.settings.max_leases_per_instance;
        let Some(instance) = self.instances.get_mut(&number) else { return bound };
        instance.last_used = now;
        instance.sessions += u32::from(bound);
        match purpose {
            Purpose::Lease(lease) => {
                instance.leases += 1;
                let (place, session) = (Place::On(number), session.map(Into::into));
                let state = LeaseState { place, session, dedicated: instance.is_dedicated(), since: now };
                self.leases.insert(lease, state);
            }
            Purpose::Call => instance.calls += 1,
            Purpose::LeaseCall(lease) => {
                instance.calls += 1;
                let adrift = self.leases.get(&lease).is_some_and(|it| it.place == Place::Adrift);
                if adrift && instance.leases < max_leases {
                    self.place(lease, number);
                    return true;
                }
            }
        }
        bound
    }

    /// A lease goes on with another instance.
    pub(crate) fn place(&mut self, lease: u64, number: u64) {
        self.homeless.remove(&lease);
        let (Some(state), Some(instance)) = (self.leases.get_mut(&lease), self.instances.get_mut(&number))
        else {
            return;
        };
        state.place = Place::On(number);
        instance.leases += 1;
    }

    /// Counts a call that ended. Its instance may be gone.
    pub(crate) fn leave_call(&mut self, number: u64, session: Option<&str>, now: Instant) {
        if let Some(id) = session {
            self.sessions.leave(id, number, false, now);
        }
        if let Some(instance) = self.instances.get_mut(&number) {
            instance.calls = instance.calls.saturating_sub(1);
            instance.ended_calls += 1;
            instance.last_used = now;
        }
    }

    /// Takes a lease back; the instance that it was on.
    pub(crate) fn leave_lease(&mut self, lease: u64, now: Instant) -> Option<LeaseState> {
        self.homeless.remove(&lease);
        let lease = self.leases.remove(&lease)?;
        if let Place::On(number) = lease.place {
            if let Some(id) = &lease.session {
                self.sessions.leave(id, number, true, now);
            }
            if let Some(instance) = self.instances.get_mut(&number) {
                instance.leases = instance.leases.saturating_sub(1);
                instance.last_used = now;
            }
        }
        Some(lease)
    }

    /// A session is over; the instance that lost it.
    pub(crate) fn unbind(&mut self, binding: Binding) -> Option<u64> {
        let Binding::Bound(number) = binding else { return None };
        let instance = self.instances.get_mut(&number)?;
        instance.sessions = instance.sessions.saturating_sub(1);
        Some(number)
    }

    /// The leases on an instance, oldest first.
    pub(crate) fn leases_on(&self, instance: u64) -> Vec<u64> {
        let on =
            |(number, lease): (&u64, &LeaseState)| (lease.place == Place::On(instance)).then_some(*number);
        let mut found: Vec<u64> = self.leases.iter().filter_map(on).collect();
        found.sort_unstable();
        found
    }
}
