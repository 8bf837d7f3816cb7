//! Leases that any instance can serve go on with another one: when theirs is replaced, and when it died.

use std::time::Instant;

use super::checkout::{Checkout, home};
use super::effect::Effect;
use super::holdings::Place;
use super::state::PoolState;
use super::wait_queue::{Class, Party};

impl PoolState {
    /// Whether another instance would do as well for a lease.
    pub(super) fn may_move(&self, lease: u64) -> bool {
        let sharing = self.holdings.settings.sharing;
        self.holdings.leases.get(&lease).is_some_and(|state| state.may_move(sharing))
    }

    /// To the successor of its instance.
    pub(super) fn move_lease(&mut self, lease: u64, old: u64, new: u64) {
        if let Some(instance) = self.holdings.instances.get_mut(&old) {
            instance.leases = instance.leases.saturating_sub(1);
        }
        self.holdings.place(lease, new);
        self.effects.push(Effect::Moved { lease, instance: new });
        // Behind one who must stay on the old instance nobody would look at them.
        for ticket in self.waiters.of(&Party::Lease(lease)) {
            self.waiters.reclass(ticket, Class::CallOn(new));
        }
    }

    /// Leases whose instance died want another one, whether or not they call: what they subscribed to is told to nobody meanwhile.
    pub(super) fn seek_homes(&mut self, leases: Vec<u64>) {
        let adrift =
            |lease: &u64| self.holdings.leases.get(lease).is_some_and(|it| it.place == Place::Adrift);
        let adrift: Vec<u64> = leases.into_iter().filter(adrift).collect();
        self.holdings.homeless.extend(adrift);
    }

    /// Gives them what has room, the oldest first.
    pub(super) fn find_homes(&mut self, now: Instant) {
        while let Some(&lease) = self.holdings.homeless.first() {
            let Checkout::Ready(instance) = home(&self.holdings) else { return };
            self.holdings.place(lease, instance);
            self.effects.push(Effect::Moved { lease, instance });
            self.revisit(&Party::Lease(lease), now);
        }
    }
}
