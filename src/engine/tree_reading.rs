//! One look at the memory of an instance's tree, on the helper thread. Decides nothing.

use std::time::Duration;

use crate::pool::Reading;
use crate::process::TreeMemory;
use crate::sys::clock;

/// A tree on its way to the thread that reads it.
pub(super) struct Lent {
    /// Of the instance.
    pub(super) number: u64,
    pub(super) tree: TreeMemory,
    /// Resident bytes from which on the share is to be read.
    pub(super) share_from: u64,
}

/// Reads it, and gives it back.
pub(super) fn read(lent: Lent) -> (u64, TreeMemory, Reading) {
    let Lent { number, mut tree, share_from } = lent;
    let (resident, cost) = at_cost(|| tree.resident());
    let share = (resident >= share_from).then(|| at_cost(|| tree.proportional()));
    (number, tree, Reading { resident, cost, share })
}

/// What it costs, not how long it lasts: on a busy machine nothing must be looked at more seldom.
fn at_cost<R>(work: impl FnOnce() -> R) -> (R, Duration) {
    let before = clock::thread_cpu_time();
    let result = work();
    (result, clock::thread_cpu_time().saturating_sub(before))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A look that others kept waiting was taken for a costly one, and the next came only after a hundred times as long.
    #[test]
    fn look_that_was_kept_waiting_costs_no_more() {
        let (_nobody_sends, nothing) = mpsc::channel::<()>();
        let wait = Duration::from_millis(50);
        let (_, waiting) = at_cost(|| nothing.recv_timeout(wait));
        assert!(waiting < wait / 5, "{waiting:?}");
        let (_, working) =
            at_cost(|| (0..2_000_000_u64).fold(0_u64, |sum, next| std::hint::black_box(sum ^ next)));
        assert!(working > Duration::from_micros(100), "the control: work does, {working:?}");
    }
}
