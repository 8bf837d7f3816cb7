//! Whether a caller's thread looks for answers for a moment before it sleeps. Pure: reads no clock and no mailbox.
//!
//! A thread that has sent many small calls and goes to sleep is woken some microseconds later, by an interrupt that costs both cores more than
//! those microseconds. Where answers came during the last look it looks again; where none came it sleeps, for ever more turns:
//!
//! | the last look | the next turns |
//! |---|---|
//! | found something | look |
//! | found nothing | sleep for a respite, twice as long as the one before, then look |
//!
//! A host whose servers are slow thus loses [`Glance::LIMIT`] in [`MOST_RESPITE`] turns, and only in turns that send several calls.

use std::time::Duration;

/// Turns of the first respite, and of the longest.
const LEAST_RESPITE: u32 = 1;
const MOST_RESPITE: u32 = 256;

/// The habits of one thread and of those who answer it.
#[derive(Debug)]
pub struct Glance {
    /// Turns that are left of this respite.
    respite: u32,
    next_respite: u32,
}

impl Glance {
    /// The longest look: what a fast server takes for a handful of calls, and far below what anybody notices of an event loop.
    pub const LIMIT: Duration = Duration::from_micros(40);

    /// Whether to look in this turn. Asked once a turn.
    #[must_use]
    pub const fn is_due(&mut self) -> bool {
        let due = self.respite == 0;
        self.respite = self.respite.saturating_sub(1);
        due
    }

    /// What became of a look.
    pub fn looked(&mut self, found: bool) {
        if found {
            self.next_respite = LEAST_RESPITE;
            return;
        }
        self.respite = self.next_respite;
        self.next_respite = (self.next_respite * 2).min(MOST_RESPITE);
    }
}

impl Default for Glance {
    fn default() -> Self {
        Self { respite: 0, next_respite: LEAST_RESPITE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_that_find_go_on() {
        let mut glance = Glance::default();
        for _ in 0..100 {
            assert!(glance.is_due());
            glance.looked(true);
        }
    }

    #[test]
    fn looks_in_vain_become_rare_and_stay_so() {
        let mut glance = Glance::default();
        let respites: Vec<u32> = (0..10).map(|_| turns_after_a_vain_look(&mut glance)).collect();
        assert_eq!(respites, [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
    }

    #[test]
    fn one_find_makes_the_next_respite_short() {
        let mut glance = Glance::default();
        (0..10).for_each(|_| glance.looked(false));
        glance.looked(true);
        assert_eq!(turns_after_a_vain_look(&mut glance), LEAST_RESPITE);
    }

    /// Turns that sleep before the next look.
    fn turns_after_a_vain_look(glance: &mut Glance) -> u32 {
        glance.respite = 0;
        assert!(glance.is_due());
        glance.looked(false);
        (0..).find(|_| glance.is_due()).unwrap()
    }
}
