//! Where a call stands with its pool; whatever it has there goes back when it is dropped.

use super::pool_hands::PoolHands;
use crate::pool::{Held, WaitingPlace};

/// Where a call stands with its pool.
#[derive(Default)]
pub(crate) enum CallPlace {
    /// Nowhere: before its first try, between tries, or over.
    #[default]
    Nowhere,
    /// In the queue.
    Waits(#[expect(dead_code, reason = "only its drop counts")] Queued),
    /// It uses an instance.
    Uses(Held<PoolHands>),
}

/// The same without what it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Nowhere,
    Waits,
    Served,
}

impl CallPlace {
    pub(crate) const fn standing(&self) -> Standing {
        match self {
            Self::Nowhere => Standing::Nowhere,
            Self::Waits(_) => Standing::Waits,
            Self::Uses(_) => Standing::Served,
        }
    }
}

/// A place in the queue, left when it is dropped.
pub(crate) struct Queued(pub(crate) WaitingPlace<PoolHands>);

impl Drop for Queued {
    fn drop(&mut self) {
        // Its turn may have come: then it was out of the queue.
        let _ = self.0.give_up();
    }
}
