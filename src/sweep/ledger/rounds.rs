//! Who is told what, and when, while leftovers are swept: a pure state machine, one reading of the process table after another.
//!
//! | seen as | when | order |
//! |---|---|---|
//! | a shim | first | Wake: it ends its unit itself, with the kernel's proof, unless somebody stopped it |
//! | a shim | later, within its patience | – |
//! | below a shim | within the shim's patience | – |
//! | on its own | first, within the grace | Ask: SIGTERM, SIGCONT |
//! | on its own | later, within the grace | – |
//! | on its own | after the grace | Kill |
//! | a shim, or below one | after the shim's patience | Kill |
//!
//! It is over when two readings in a row saw nobody, or at the end of the time; who is seen then is a survivor.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::guard::{GRACE_WITHOUT_HOST, KILL_LIMIT};
use crate::model::ProcessIdentity;

/// What a shim may take to end its unit once it is awake: the grace, its kill loop, and a moment to begin.
const SHIM_PATIENCE: Duration =
    GRACE_WITHOUT_HOST.saturating_add(KILL_LIMIT).saturating_add(Duration::from_secs(1));

/// How a leftover is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is a shim.
    Shim,
    /// A living shim is above it.
    BelowShim,
    /// Nobody of ours is above it.
    Alone,
}

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// SIGCONT.
    Wake,
    /// SIGTERM and SIGCONT.
    Ask,
    /// SIGKILL.
    Kill,
}

/// The state between readings.
#[derive(Debug)]
pub(super) struct Rounds {
    grace_until: Instant,
    shims_until: Instant,
    over_at: Instant,
    told: HashSet<ProcessIdentity>,
    killed: HashSet<ProcessIdentity>,
    empty_readings: u32,
}

impl Rounds {
    /// `grace`: what is left of it, where an earlier sweep asked already.
    pub(super) fn new(now: Instant, grace: Duration) -> Self {
        let shims_until = now + SHIM_PATIENCE;
        Self {
            grace_until: now + grace,
            shims_until,
            over_at: shims_until.max(now + grace) + KILL_LIMIT,
            told: HashSet::new(),
            killed: HashSet::new(),
            empty_readings: 0,
        }
    }

    /// What to send to a leftover that is seen now.
    #[must_use]
    pub(super) fn order(&mut self, who: &ProcessIdentity, place: Place, now: Instant) -> Option<Order> {
        let patience_ends = if place == Place::Alone { self.grace_until } else { self.shims_until };
        if now >= patience_ends {
            return self.killed.insert(who.clone()).then_some(Order::Kill);
        }
        match place {
            Place::BelowShim => None,
            Place::Shim => self.told.insert(who.clone()).then_some(Order::Wake),
            Place::Alone => self.told.insert(who.clone()).then_some(Order::Ask),
        }
    }

    /// A reading is done: whether it was the last one.
    #[must_use]
    pub(super) fn is_over(&mut self, saw_nobody: bool, now: Instant) -> bool {
        self.empty_readings = if saw_nobody { self.empty_readings + 1 } else { 0 };
        self.empty_readings >= 2 || now >= self.over_at
    }

    /// Whether SIGKILL was sent to it.
    pub(super) fn was_killed(&self, who: &ProcessIdentity) -> bool {
        self.killed.contains(who)
    }

    /// When an order would next come of nothing but time.
    pub(super) fn next_change(&self, now: Instant) -> Duration {
        let times = [self.grace_until, self.shims_until, self.over_at];
        let next = times.into_iter().filter(|time| *time > now).min();
        next.map_or(Duration::ZERO, |time| time - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(2);

    fn who(pid: i32) -> ProcessIdentity {
        ProcessIdentity { pid, start_token: pid.to_string(), boot_id: "b".into() }
    }

    #[test]
    fn one_that_is_alone_is_asked_once_and_killed_once() {
        let start = Instant::now();
        let mut rounds = Rounds::new(start, GRACE);
        assert_eq!(rounds.order(&who(1), Place::Alone, start), Some(Order::Ask));
        assert_eq!(rounds.order(&who(1), Place::Alone, start + GRACE / 2), None);
        assert_eq!(rounds.order(&who(1), Place::Alone, start + GRACE), Some(Order::Kill));
        assert_eq!(rounds.order(&who(1), Place::Alone, start + GRACE), None);
        assert!(rounds.was_killed(&who(1)));
    }

    #[test]
    fn one_that_is_born_after_the_grace_gets_none_of_its_own() {
        let start = Instant::now();
        let mut rounds = Rounds::new(start, GRACE);
        assert_eq!(rounds.order(&who(2), Place::Alone, start + GRACE), Some(Order::Kill));
        let mut none = Rounds::new(start, Duration::ZERO);
        assert_eq!(none.order(&who(2), Place::Alone, start), Some(Order::Kill));
    }

    #[test]
    fn a_shim_is_woken_and_its_unit_left_to_it_until_its_patience_ends() {
        let start = Instant::now();
        let mut rounds = Rounds::new(start, Duration::ZERO);
        assert_eq!(rounds.order(&who(3), Place::Shim, start), Some(Order::Wake));
        assert_eq!(rounds.order(&who(4), Place::BelowShim, start), None);
        let late = start + SHIM_PATIENCE;
        assert_eq!(rounds.order(&who(3), Place::Shim, late), Some(Order::Kill));
        assert_eq!(rounds.order(&who(4), Place::BelowShim, late), Some(Order::Kill));
    }

    #[test]
    fn two_empty_readings_in_a_row_are_the_end() {
        let start = Instant::now();
        let mut rounds = Rounds::new(start, GRACE);
        assert!(!rounds.is_over(true, start));
        assert!(!rounds.is_over(false, start), "somebody was in the middle of an exec");
        assert!(!rounds.is_over(true, start));
        assert!(rounds.is_over(true, start));
    }

    #[test]
    fn time_ends_it_too() {
        let start = Instant::now();
        let mut rounds = Rounds::new(start, GRACE);
        let mut now = start;
        while !rounds.is_over(false, now) {
            let step = rounds.next_change(now);
            assert!(step > Duration::ZERO);
            now += step;
        }
        assert_eq!(now, start + SHIM_PATIENCE + KILL_LIMIT);
    }
}
