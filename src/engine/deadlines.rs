//! Which call times out next.
//!
//! Owns the order of the deadlines and the decision whether the engine thread must be woken for a new one. Keeps no timer: the
//! engine's clock task asks for the next deadline and sleeps until it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// As good as for ever, and far from the end of what an [`Instant`] can hold.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The moment that comes this long after `start`. Callers name times as long as they like, and more than an [`Instant`] can hold is for ever.
pub(crate) fn after(start: Instant, time: Duration) -> Instant {
    start.checked_add(time).unwrap_or(start + FOREVER)
}

/// The open deadlines, earliest first. Pure: time comes in from outside.
///
/// Most calls of a server have the same timeout, so that a new deadline is nearly always the latest: then nobody is woken. For the same
/// reason a clock stays armed for a deadline that was withdrawn: it wakes once for nothing, instead of once for each call that finds
/// no other one open.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    open: BTreeSet<(Instant, u64)>,
    armed: Option<Instant>,
}

impl Deadlines {
    /// Adds a deadline. True: the clock sleeps too long and must be woken.
    #[must_use]
    pub(crate) fn insert(&mut self, at: Instant, call: u64) -> bool {
        self.open.insert((at, call));
        let wake = self.armed.is_none_or(|armed| at < armed);
        if wake {
            self.armed = Some(at);
        }
        wake
    }

    /// Withdraws a deadline.
    pub(crate) fn remove(&mut self, at: Instant, call: u64) {
        self.open.remove(&(at, call));
    }

    /// The instant to sleep until; `None`: until somebody wakes the clock.
    pub(crate) fn arm(&mut self, now: Instant) -> Option<Instant> {
        let first = self.open.first().map(|&(at, _)| at);
        self.armed = first.or(self.armed.filter(|&armed| armed > now));
        self.armed
    }

    /// Takes out every call whose deadline has come.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<u64> {
        let mut due = Vec::new();
        while let Some(&(at, call)) = self.open.first()
            && at <= now
        {
            self.open.pop_first();
            due.push(call);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_instant_holds_is_for_ever() {
        let now = Instant::now();
        assert_eq!(after(now, Duration::from_secs(1)), now + Duration::from_secs(1));
        assert_eq!(after(now, Duration::MAX), now + FOREVER);
    }

    #[test]
    fn later_deadline_wakes_nobody() {
        let mut deadlines = Deadlines::default();
        let now = Instant::now();
        assert!(deadlines.insert(now + Duration::from_secs(30), 1), "the first one arms the clock");
        deadlines.arm(now);
        assert!(!deadlines.insert(now + Duration::from_secs(31), 2));
        assert!(deadlines.insert(now + Duration::from_secs(1), 3), "an earlier one must wake it");
    }

    #[test]
    fn withdrawn_deadline_is_never_due() {
        let mut deadlines = Deadlines::default();
        let now = Instant::now();
        let _ = deadlines.insert(now, 1);
        let _ = deadlines.insert(now, 2);
        deadlines.remove(now, 1);
        assert_eq!(deadlines.take_due(now), [2]);
        assert_eq!(deadlines.arm(now), None);
    }

    #[test]
    fn calls_one_after_the_other_wake_the_clock_once() {
        let mut deadlines = Deadlines::default();
        let now = Instant::now();
        let wakes = (0..10).filter(|&call| {
            let at = now + Duration::from_millis(30_000 + call);
            let wake = deadlines.insert(at, call);
            deadlines.arm(now);
            deadlines.remove(at, call);
            deadlines.arm(now);
            wake
        });
        assert_eq!(wakes.count(), 1);
    }
}
