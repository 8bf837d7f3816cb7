//! What a pool promises, asked of it after each step.

use super::users::{OpenCall, Users};
use super::*;

impl Users {
    pub(super) fn check(&self) {
        let (holdings, settings) = (&self.pool.holdings, &self.pool.holdings.settings);
        let max = settings.max_instances as usize;
        assert!(holdings.counted() <= max, "above maxInstances");
        self.check_replacements();
        for (number, instance) in &holdings.instances {
            let leases = holdings.leases_on(*number);
            assert_eq!(instance.leases as usize, leases.len(), "leases of {number}");
            assert!(instance.leases <= settings.max_leases_per_instance);
            let calls: Vec<_> = self.calls.iter().filter(|call| call.instance == *number).collect();
            if instance.is_in_use() {
                assert_eq!(instance.calls as usize, calls.len(), "calls of {number}");
            }
            assert!(instance.calls <= settings.max_calls_per_instance);
            if settings.sharing == Sharing::Exclusive && instance.serves_its_own() {
                assert!(self.holders(&leases, &calls).len() <= 1, "two holders of {number}");
            }
        }
        self.check_waiters();
    }

    /// Sessions, leases and calls of nobody's: who they are to an exclusive instance. A lease that was released with a call in flight is
    /// still its holder.
    fn holders(&self, leases: &[u64], calls: &[&OpenCall]) -> BTreeSet<String> {
        let of_lease =
            |lease: &u64| match self.pool.holdings.leases.get(lease).and_then(|it| it.session.clone()) {
                Some(session) => format!("session {session}"),
                None => format!("lease {lease}"),
            };
        let of_call = |(index, call): (usize, &&OpenCall)| match (&call.session, call.lease) {
            (Some(session), _) => Some(format!("session {session}")),
            // Its session is not known any more once it was released.
            (None, Some(lease)) => leases.contains(&lease).then(|| of_lease(&lease)),
            (None, None) => Some(format!("call {index}")),
        };
        leases.iter().map(of_lease).chain(calls.iter().enumerate().filter_map(of_call)).collect()
    }

    fn check_waiters(&self) {
        let holdings = &self.pool.holdings;
        let known: Vec<u64> = self.pool.waiters.all();
        assert_eq!(known, self.waiting.keys().copied().collect::<Vec<_>>(), "a waiter was lost");
        for (ticket, ask) in &self.waiting {
            let answer = checkout(&self.pool.holdings, ask);
            assert!(matches!(answer, Checkout::Wait(_)), "{ticket} waits and could be told {answer:?}");
        }
        self.check_relief();
        if !self.waiting.is_empty() {
            assert!(!self.pool.holdings.instances.is_empty(), "somebody waits and nothing is on its way");
        }
        for lease in &holdings.homeless {
            let place = holdings.leases.get(lease).map(|it| it.place);
            assert_eq!(place, Some(Place::Adrift), "a lease with an instance seeks one");
        }
        for lease in &self.leases {
            let place = self.pool.holdings.leases.get(lease).map(|it| it.place);
            assert!(place.is_some(), "an open lease is known");
            if let Some(Place::On(instance)) = place {
                assert!(
                    self.pool.holdings.instances.contains_key(&instance),
                    "a lease is on an instance that is gone"
                );
            }
        }
    }
}

impl Users {
    /// What is above the limit is on its way in or out, and only one of them in.
    fn check_replacements(&self) {
        let (holdings, figures) = (&self.pool.holdings, self.pool.figures());
        assert_eq!(figures.instances, holdings.counted() + figures.replacements);
        let above: Vec<_> = holdings.instances.iter().filter(|(_, instance)| instance.surplus).collect();
        for (number, instance) in &above {
            let heirs = holdings
                .instances
                .values()
                .filter(|it| it.successor.is_some_and(|(next, _)| next == **number));
            match instance.phase {
                Phase::Starting => assert_eq!(heirs.count(), 1, "{number} is nobody's successor"),
                phase => assert_ne!(phase, Phase::Ready, "{number} serves above the limit"),
            }
        }
        let starting = above.iter().filter(|(_, instance)| instance.phase == Phase::Starting);
        assert!(starting.count() <= 1, "more than one successor at a time");
    }

    /// Who is kept from a strained instance has something to wait for.
    fn check_relief(&self) {
        let holdings = &self.pool.holdings;
        let kept = |ask: &Ask| ask.session.is_none() && ask.handlers == 0 && ask.purpose == Purpose::Call;
        let has_room = |it: &crate::pool::instance_state::InstanceState| {
            let full = it.calls >= holdings.settings.max_calls_per_instance;
            it.is_open() && it.strained && !full && it.is_unused()
        };
        if self.waiting.values().any(kept) && holdings.instances.values().any(has_room) {
            let comes = |it: &crate::pool::instance_state::InstanceState| {
                it.phase == Phase::Starting || (it.is_open() && !it.strained && !it.is_unused())
            };
            assert!(holdings.instances.values().any(comes), "nothing spares the strained one");
        }
    }
}
