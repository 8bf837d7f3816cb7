//! How long the reader looks for the next bytes before it sleeps. Pure: reads no clock and no descriptor.
//!
//! Waking a sleeping core costs more than a fast server's whole answer (20 µs each way on a virtual machine), and a call needs one wake
//! at every hop. So the reader stays awake for as long as bytes usually take, where they usually come soon:
//!
//! | usual gap | lately somebody else wanted the core | what the reader does |
//! |---|---|---|
//! | up to [`LIMIT`] | no | looks for twice the usual gap, at most [`LIMIT`], then sleeps |
//! | up to [`LIMIT`] | yes | sleeps at once, for a respite of some reads |
//! | longer | – | sleeps at once |
//!
//! The usual gap is a moving average, and a gap counts whether it was looked through or slept through. A server that is called now and
//! then is thus never looked for, and one pause of the caller costs at most [`LIMIT`] of one core.
//!
//! On a busy machine a look is harmful, in one of two ways. Whoever gives the core away between two tries gets it back after the others' whole turn,
//! while a sleeper that is woken goes before them: a try that comes back late says so. Or the kernel gives the core back at once although the
//! server waits for it: then a long look finds nothing, and the bytes come as soon as the reader sleeps. Each such time doubles the respite
//! that follows. The two are counted apart: a late try is rare where it harms, so each look that found its bytes makes the next respite only one read
//! shorter; a look that finds nothing is the rule where it harms and happens now and then everywhere (a server collects its garbage), so one that found
//! its bytes makes up for all.

use std::time::Duration;

use crate::mcp::respite::Respite;

/// The longest look. A server in Node answers a small call within it even while its code is cold.
const LIMIT: Duration = Duration::from_micros(400);

/// A longer gap counts as this one, so that a dozen quick answers make up for a pause of any length.
const LONGEST: Duration = Duration::from_micros(1600);

/// One part in this many of the average is the last gap.
const WEIGHT: u32 = 4;

/// A core that was given away for longer than this was wanted by others: the kernel gives them some milliseconds at a time. The server, and the
/// caller with its garbage collection, need less on the same core.
const LATE: Duration = Duration::from_millis(2);

/// Reads of the first respite after a late try and after a vain look, and of the longest.
const LEAST_RESPITE: u32 = 64;
const LEAST_AFTER_VAIN_LOOK: u32 = 4;
const MOST_RESPITE: u32 = 4096;

/// The habits of one server, of those who call it, and of the machine.
#[derive(Debug)]
pub(super) struct Patience {
    usual: Duration,
    /// Of reads: the machine is busy.
    respite: Respite,
    /// Of reads: looking keeps the core from the server.
    respite_of_looks: Respite,
}

impl Patience {
    /// Nothing known: sleeps.
    pub(super) fn new() -> Self {
        Self {
            usual: LONGEST,
            respite: Respite::new(LEAST_RESPITE, MOST_RESPITE),
            respite_of_looks: Respite::new(LEAST_AFTER_VAIN_LOOK, MOST_RESPITE),
        }
    }

    /// How long to look before sleeping.
    pub(super) fn look(&self) -> Option<Duration> {
        let may_look = self.respite.is_over() && self.respite_of_looks.is_over();
        (may_look && self.usual <= LIMIT).then(|| (self.usual * 2).min(LIMIT))
    }

    /// The core was given away during a look and came back after this long. Whether the look may go on.
    pub(super) fn core_back_after(&mut self, away: Duration) -> bool {
        if away <= LATE {
            return true;
        }
        self.respite.begin();
        false
    }

    /// A whole look found nothing, and the bytes came this long after the reader had read everything. A short look ends in vain by chance.
    pub(super) fn came_after_vain_look(&mut self, look: Duration, gap: Duration) {
        if look >= LIMIT / 2 && gap < look + look / 2 {
            self.respite_of_looks.begin();
        }
    }

    /// Bytes came during a look.
    pub(super) fn found(&mut self) {
        self.respite.shorten();
        self.respite_of_looks.forget();
    }

    /// Bytes came this long after the reader had read everything.
    pub(super) fn came_after(&mut self, gap: Duration) {
        self.respite.pass();
        self.respite_of_looks.pass();
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

    #[test]
    fn look_on_a_busy_machine_gives_way_ever_longer_and_looks_that_find_bring_it_back() {
        let mut patience = after([QUICK; 20]);
        assert!(patience.core_back_after(LATE));
        let respites: Vec<u32> = (0..8).map(|_| respite_after_a_late_turn(&mut patience)).collect();
        assert_eq!(respites, [64, 128, 256, 512, 1024, 2048, 4096, 4096]);
        (0..MOST_RESPITE).for_each(|_| patience.found());
        assert_eq!(respite_after_a_late_turn(&mut patience), LEAST_RESPITE);
    }

    #[test]
    fn look_that_kept_the_core_from_the_server_is_followed_by_a_respite() {
        let mut patience = after([QUICK * 15; 20]);
        let look = patience.look().unwrap();
        patience.came_after_vain_look(look, look + QUICK);
        assert_eq!(patience.look(), None);
        assert_eq!(reads_until_it_looks(&mut patience), LEAST_AFTER_VAIN_LOOK);
    }

    #[test]
    fn looks_that_always_keep_the_core_from_the_server_become_rare() {
        let mut patience = after([QUICK * 15; 20]);
        let mut looks = 0;
        for _ in 0..20_000 {
            if let Some(look) = patience.look() {
                looks += 1;
                patience.came_after_vain_look(look, look + QUICK);
            }
            patience.came_after(QUICK * 15);
        }
        assert!(looks < 20, "{looks} of 20 000 reads were looked for");
    }

    #[test]
    fn vain_look_now_and_then_made_the_reader_sleep_for_thousands_of_reads() {
        let mut patience = after([QUICK * 6; 20]);
        let mut slept = 0;
        for read in 1..=20_000 {
            match patience.look() {
                Some(look) if read % 200 == 0 => patience.came_after_vain_look(look, look + QUICK),
                Some(_) => patience.found(),
                None => slept += 1,
            }
            patience.came_after(QUICK * 6);
        }
        assert!((1..=500).contains(&slept), "slept for {slept} of 20 000 reads");
    }

    #[test]
    fn pause_of_the_caller_is_no_sign_of_a_busy_machine() {
        let mut patience = after([QUICK * 15; 20]);
        let look = patience.look().unwrap();
        patience.came_after_vain_look(look, Duration::from_secs(1));
        assert!(patience.look().is_some());
    }

    #[test]
    fn short_look_that_was_a_little_too_short_is_no_sign_of_a_busy_machine() {
        let mut patience = after([QUICK; 20]);
        let look = patience.look().unwrap();
        patience.came_after_vain_look(look, look + QUICK / 2);
        assert!(patience.look().is_some());
    }

    fn respite_after_a_late_turn(patience: &mut Patience) -> u32 {
        assert!(!patience.core_back_after(Duration::from_millis(4)));
        reads_until_it_looks(patience)
    }

    fn reads_until_it_looks(patience: &mut Patience) -> u32 {
        let slept = (1..).find(|_| {
            patience.came_after(QUICK);
            patience.look().is_some()
        });
        slept.unwrap()
    }
}
