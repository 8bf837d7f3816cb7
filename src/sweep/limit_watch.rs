//! Whether a limit is exceeded for long enough. Pure: samples and their times come in from outside.
//!
//! One episode for each rule, process (by identity) and measure:
//!
//! | episode | sample over the limit | under it, or process gone | long pause before the sample |
//! |---|---|---|---|
//! | none | → rising | – | – |
//! | rising | long enough and [`MIN_SAMPLES`]: → **exceeded**, told once; else rises on | → none | begins anew |
//! | exceeded | stays | → none | stays |
//!
//! An age needs no proof by several samples, nor does anything where `sustain` is zero. After a long pause (the machine slept, the monitor was
//! stopped) nobody saw what was between, so a rise begins anew. Times are of a monotonic clock.

use std::collections::HashMap;
use std::time::Duration;

use super::excess::{Excess, Measure};
use crate::model::ProcessIdentity;

/// Two samples may be two peaks.
pub const MIN_SAMPLES: u32 = 3;

/// One limit of one process that one sample saw exceeded.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Index of the rule.
    pub rule: usize,
    /// Who.
    pub identity: ProcessIdentity,
    /// What.
    pub excess: Excess,
    /// For how long the rule wants to see it.
    pub sustain: Duration,
}

/// A sighting and whether it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What was seen.
    pub sighting: Sighting,
    /// For how long it has been so.
    pub for_long: Duration,
    /// It has been so for long enough.
    pub exceeded: bool,
    /// This sample made it so.
    pub is_new: bool,
}

type Key = (usize, ProcessIdentity, Measure);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Episode {
    since: Duration,
    samples: u32,
    exceeded: bool,
}

/// All episodes of a monitor.
#[derive(Debug, Default)]
pub struct LimitWatch {
    episodes: HashMap<Key, Episode>,
    last: Option<Duration>,
}

impl LimitWatch {
    /// Takes what one sample saw at `at`. A pause of more than `most` since the last sample proves nothing.
    pub fn sample(&mut self, at: Duration, most: Duration, seen: Vec<Sighting>) -> Vec<Judged> {
        // A clock that went backwards is a pause too.
        let paused = self.last.is_some_and(|last| at.checked_sub(last).is_none_or(|pause| pause > most));
        self.last = Some(at);
        let mut before = std::mem::take(&mut self.episodes);
        let mut judged = Vec::with_capacity(seen.len());
        for sighting in seen {
            let key = (sighting.rule, sighting.identity.clone(), sighting.excess.measure);
            let known = before.remove(&key).filter(|episode| episode.exceeded || !paused);
            let (episode, is_new) = step(known, at, &sighting);
            self.episodes.insert(key, episode);
            let for_long = at.saturating_sub(episode.since);
            judged.push(Judged { sighting, for_long, exceeded: episode.exceeded, is_new });
        }
        judged
    }

    /// Whether some limit is exceeded, but not yet for long enough.
    #[must_use]
    pub fn is_rising(&self) -> bool {
        self.episodes.values().any(|episode| !episode.exceeded)
    }

    /// Episodes that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.episodes.len()
    }

    /// Whether nobody exceeds anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.episodes.is_empty()
    }
}

/// The table of the module: what a sample over the limit makes of an episode, and whether it is told.
fn step(known: Option<Episode>, at: Duration, sighting: &Sighting) -> (Episode, bool) {
    let mut episode = known.unwrap_or(Episode { since: at, samples: 0, exceeded: false });
    episode.samples = episode.samples.saturating_add(1);
    if episode.exceeded {
        return (episode, false);
    }
    let at_once = sighting.sustain.is_zero() || sighting.excess.measure == Measure::Age;
    let long = at.saturating_sub(episode.since) >= sighting.sustain;
    episode.exceeded = at_once || (long && episode.samples >= MIN_SAMPLES);
    (episode, episode.exceeded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sweep::test_processes::process;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(pid: i32, measure: Measure, sustain: Duration) -> Sighting {
        let excess = Excess { measure, value: 2.0, limit: 1.0 };
        Sighting { rule: 0, identity: process(pid).build().identity, excess, sustain }
    }

    fn cpu(pid: i32) -> Sighting {
        seen(pid, Measure::Cpu, 3 * SECOND)
    }

    /// Whether the sample at this second told of a new excess.
    fn told(watch: &mut LimitWatch, second: u32, seen: Vec<Sighting>) -> bool {
        watch.sample(SECOND * second, 2 * SECOND, seen).iter().any(|judged| judged.is_new)
    }

    #[test]
    fn a_peak_does_not_count_and_a_long_excess_is_told_once() {
        let mut watch = LimitWatch::default();
        assert!(!told(&mut watch, 0, vec![cpu(5)]));
        assert!(!told(&mut watch, 1, vec![cpu(5)]));
        assert!(!told(&mut watch, 2, vec![]), "under the limit: it starts over");
        assert!(watch.is_empty());
        for second in 3..6 {
            assert!(!told(&mut watch, second, vec![cpu(5)]), "{second}");
        }
        assert!(watch.is_rising());
        assert!(told(&mut watch, 6, vec![cpu(5)]));
        assert!(!told(&mut watch, 7, vec![cpu(5)]), "told once");
        assert!(!watch.is_rising());
    }

    #[test]
    fn another_process_of_the_same_number_starts_over() {
        let mut watch = LimitWatch::default();
        for second in 0..3 {
            told(&mut watch, second, vec![cpu(5)]);
        }
        let mut other = cpu(5);
        other.identity.start_token = "another".into();
        assert!(!told(&mut watch, 3, vec![other]));
        assert_eq!(watch.len(), 1, "the first one is forgotten");
    }

    #[test]
    fn few_samples_far_apart_prove_nothing() {
        let mut watch = LimitWatch::default();
        let sample = |watch: &mut LimitWatch, second| {
            watch.sample(SECOND * second, 60 * SECOND, vec![cpu(5)]).iter().any(|judged| judged.is_new)
        };
        assert!(!sample(&mut watch, 0));
        assert!(!sample(&mut watch, 30), "two samples may be two peaks");
        assert!(sample(&mut watch, 60));
    }

    #[test]
    fn a_pause_or_a_clock_that_goes_backwards_makes_a_rise_begin_anew() {
        for resumed in [100, 0] {
            let mut watch = LimitWatch::default();
            for second in 1..4 {
                told(&mut watch, second, vec![cpu(5)]);
            }
            assert!(!told(&mut watch, resumed, vec![cpu(5)]), "resumed at {resumed}");
            assert!(!told(&mut watch, resumed + 1, vec![cpu(5)]));
        }
    }

    #[test]
    fn an_age_and_a_rule_without_patience_count_at_once() {
        let mut watch = LimitWatch::default();
        assert!(told(&mut watch, 0, vec![seen(5, Measure::Age, 9 * SECOND)]));
        assert!(told(&mut watch, 1, vec![seen(6, Measure::Memory, Duration::ZERO)]));
    }

    proptest! {
        /// Whatever the order of the samples: who is told was over the limit in every sample of the time before, and nobody is kept who is not.
        #[test]
        fn nobody_is_told_who_was_under_the_limit_within_the_time(over in prop::collection::vec(any::<bool>(), 1..60)) {
            let mut watch = LimitWatch::default();
            for (second, is_over) in over.iter().enumerate() {
                let seen = if *is_over { vec![cpu(5)] } else { vec![] };
                let second32 = u32::try_from(second).unwrap();
                if told(&mut watch, second32, seen) {
                    prop_assert!(second >= 3 && over[second - 3..=second].iter().all(|over| *over));
                }
                prop_assert_eq!(watch.len(), usize::from(*is_over));
            }
        }
    }
}
