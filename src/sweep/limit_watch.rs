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
#[path = "limit_watch_tests.rs"]
mod tests;
