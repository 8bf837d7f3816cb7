//! How long the reader looks for the next bytes before it sleeps. Pure: reads no clock and no descriptor.
//!
//! Waking a sleeping core costs more than a fast server's whole answer (20 µs each way on a virtual machine), and a call needs one wake
//! at every hop. So the reader stays awake for as long as bytes usually take, where they usually come soon:
//!
//! | usual gap | what the reader does |
//! |---|---|
//! | up to [`LIMIT`] | looks for twice the usual gap, at most [`LIMIT`], then sleeps |
//! | longer | sleeps at once |
//!
//! The usual gap is a moving average, and a gap counts whether it was looked through or slept through. A server that is called now and
//! then is thus never looked for, and one pause of the caller costs at most [`LIMIT`] of one core.

use std::time::Duration;

/// The longest look. A Node server answers a small call within it; whoever takes longer hides the cost of being woken.
const LIMIT: Duration = Duration::from_micros(150);

/// A longer gap counts as this one, so that a dozen quick answers make up for a pause of any length.
const LONGEST: Duration = Duration::from_micros(600);

/// One part in this many of the average is the last gap.
const WEIGHT: u32 = 4;

/// The habits of one server, and of those who call it.
#[derive(Debug)]
pub(super) struct Patience {
    usual: Duration,
}

impl Patience {
    /// Nothing known: sleeps.
    pub(super) fn new() -> Self {
        Self { usual: LONGEST }
    }

    /// How long to look before sleeping.
    pub(super) fn look(&self) -> Option<Duration> {
        (self.usual <= LIMIT).then(|| (self.usual * 2).min(LIMIT))
    }

    /// Bytes came this long after the reader had read everything.
    pub(super) fn came_after(&mut self, gap: Duration) {
        self.usual = (self.usual * (WEIGHT - 1) + gap.min(LONGEST)) / WEIGHT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(20);

    fn after(gaps: impl IntoIterator<Item = Duration>) -> Patience {
        let mut patience = Patience::new();
        gaps.into_iter().for_each(|gap| patience.came_after(gap));
        patience
    }

    #[test]
    fn first_answer_is_slept_for() {
        assert_eq!(Patience::new().look(), None);
    }

    #[test]
    fn quick_answers_in_a_row_are_looked_for() {
        let look = after([QUICK; 12]).look().unwrap();
        assert!(look >= QUICK * 2, "{look:?} is less than they take");
        assert!(look <= LIMIT);
    }

    #[test]
    fn slow_answers_are_never_looked_for() {
        assert_eq!(after([Duration::from_millis(1); 100]).look(), None);
    }

    #[test]
    fn one_pause_of_the_caller_ends_the_look_and_quick_answers_bring_it_back() {
        let mut patience = after([QUICK; 20]);
        patience.came_after(Duration::from_secs(3600));
        assert_eq!(patience.look(), None);
        let needed = (1..).find(|_| {
            patience.came_after(QUICK);
            patience.look().is_some()
        });
        assert!(needed.unwrap() <= 12);
    }

    #[test]
    fn alternating_pauses_are_not_looked_through() {
        let patience = after([QUICK, Duration::from_millis(5)].into_iter().cycle().take(101));
        assert_eq!(patience.look(), None);
    }
}
