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
//! A host whose servers are slow thus loses [`Glance::LIMIT`] in [`MOST_RESPITE`] of the turns that send calls while others are in flight. Where looks
//! find something, other work of the thread waits for up to [`Glance::LIMIT`] in each of them.

use std::time::Duration;

use crate::mcp::respite::Respite;

/// Turns of the first respite, and of the longest.
const LEAST_RESPITE: u32 = 1;
const MOST_RESPITE: u32 = 256;

/// The habits of one thread and of those who answer it.
#[derive(Debug)]
pub struct Glance {
    /// Of turns.
    respite: Respite,
}

impl Glance {
    /// The longest look: what a fast server takes for a handful of calls, and far below what anybody notices of an event loop.
    pub const LIMIT: Duration = Duration::from_micros(40);

    /// Whether to look in this turn. Asked once a turn.
    #[must_use]
    pub const fn is_due(&mut self) -> bool {
        let due = self.respite.is_over();
        self.respite.pass();
        due
    }

    /// What became of a look.
    pub fn looked(&mut self, found: bool) {
        if found {
            self.respite.forget();
        } else {
            self.respite.begin();
        }
    }
}

impl Default for Glance {
    fn default() -> Self {
        Self { respite: Respite::new(LEAST_RESPITE, MOST_RESPITE) }
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
        while !glance.is_due() {}
        glance.looked(false);
        (0..).find(|_| glance.is_due()).unwrap()
    }
}
