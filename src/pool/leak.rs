//! Whether a server's memory grows steadily toward its limit.
//!
//! Owns a history of fixed size and the verdict on it. Measures nothing and stops nothing.
//!
//! A collected heap is a saw-tooth, so what counts is its floor: the history keeps the least of each stretch of time. Stretches start at
//! [`LeakPolicy::stretch`]; when all are full, neighbours are merged and the stretch doubles, up to `max_stretch`, then the oldest
//! leave. The slope is Theil–Sen's (the median of all slopes between two floors), which a third of wild values does not move.
//!
//! | it is growth when | which leaves out |
//! |---|---|
//! | there are [`MIN_FLOORS`] floors or more | a guess |
//! | nine of ten pairs of floors rise | saw-teeth, noise |
//! | the last third still rises nearly as fast as the whole | the plateau after a warm-up |
//! | it gained a twentieth of the limit | what does not matter |
//!
//! | … and a leak when also | which leaves out |
//! |---|---|
//! | it was seen for `min_span` | one long tooth |
//! | the floor is over half of the limit | a server that still fills its caches |
//! | the limit is nearer than the history is long | extrapolating further than was seen |

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many floors are kept. Even: neighbours are merged in pairs.
const MAX_FLOORS: usize = 24;

/// Fewer prove nothing.
const MIN_FLOORS: usize = 8;

/// What the last third's slope may lose against the slope of all.
const STILL_RISING: f64 = 0.75;

const MIB: f64 = 1_048_576.0;

/// How long is looked, and at what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeakPolicy {
    /// Bytes that the server may use.
    pub(crate) limit: u64,
    /// The first length of a stretch.
    pub(crate) stretch: Duration,
    /// Its last length; 24 of them are the window.
    pub(crate) max_stretch: Duration,
    /// A leak that was seen for less is not told.
    pub(crate) min_span: Duration,
}

impl LeakPolicy {
    /// The usual one: a window that grows to 20 minutes.
    pub(crate) const fn new(limit: u64) -> Self {
        Self {
            limit,
            stretch: Duration::from_secs(1),
            max_stretch: Duration::from_secs(50),
            min_span: Duration::from_secs(120),
        }
    }
}

/// Steady growth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Growth {
    /// MiB a minute.
    pub(crate) mb_per_minute: f64,
    /// Until the limit, if it goes on so; zero beyond it.
    pub(crate) to_limit: Duration,
    /// For how long it was watched.
    pub(crate) seen_for: Duration,
}

/// The least of one stretch.
#[derive(Debug, Clone, Copy)]
struct Floor {
    /// Of the sample, in seconds since the first one.
    at: f64,
    bytes: f64,
}

/// The memory of one instance over time. Pure: time and sizes come in from outside.
#[derive(Debug)]
pub(crate) struct LeakWatch {
    policy: LeakPolicy,
    stretch: Duration,
    floors: VecDeque<Floor>,
    /// The stretch that is being filled, and when it ends.
    open: Option<(Floor, Instant)>,
    first: Option<Instant>,
}

impl LeakWatch {
    pub(crate) const fn new(policy: LeakPolicy) -> Self {
        Self { policy, stretch: policy.stretch, floors: VecDeque::new(), open: None, first: None }
    }

    /// Takes a measurement.
    pub(crate) fn record(&mut self, now: Instant, bytes: u64) {
        let first = *self.first.get_or_insert(now);
        let sample = Floor { at: (now - first).as_secs_f64(), bytes: bytes as f64 };
        match &mut self.open {
            Some((floor, ends)) if now < *ends => {
                if sample.bytes < floor.bytes {
                    *floor = sample;
                }
            }
            open => {
                let full = open.replace((sample, now + self.stretch));
                if let Some((floor, _)) = full {
                    self.close(floor);
                }
            }
        }
    }

    /// Steady growth, whether or not it matters yet.
    pub(crate) fn growth(&self) -> Option<Growth> {
        let floors: Vec<Floor> = self.floors.iter().copied().collect();
        let (Some(first), Some(last)) = (floors.first(), floors.last()) else { return None };
        if floors.len() < MIN_FLOORS {
            return None;
        }
        let (slope, rising) = theil_sen(&floors)?;
        let (recent, _) = theil_sen(&floors[floors.len() * 2 / 3 - 1..])?;
        let span = last.at - first.at;
        let gained = slope * span;
        let steady =
            rising >= 0.9 && recent >= slope * STILL_RISING && gained >= self.policy.limit as f64 / 20.0;
        steady.then(|| Growth {
            mb_per_minute: slope * 60.0 / MIB,
            to_limit: seconds((self.policy.limit as f64 - last.bytes).max(0.0) / slope.min(recent)),
            seen_for: seconds(span),
        })
    }

    /// Growth that will reach the limit.
    pub(crate) fn leak(&self) -> Option<Growth> {
        let over_half = self.floors.back().is_some_and(|floor| floor.bytes * 2.0 >= self.policy.limit as f64);
        let near =
            |growth: &Growth| growth.seen_for >= self.policy.min_span && growth.to_limit <= growth.seen_for;
        if over_half { self.growth().filter(near) } else { None }
    }

    fn close(&mut self, floor: Floor) {
        self.floors.push_back(floor);
        if self.floors.len() <= MAX_FLOORS {
            return;
        }
        if self.stretch * 2 > self.policy.max_stretch {
            self.floors.pop_front();
            return;
        }
        self.stretch *= 2;
        let newest = self.floors.pop_back();
        let pairs: Vec<Floor> = self.floors.drain(..).collect();
        let lower = |pair: &[Floor]| if pair[0].bytes <= pair[1].bytes { pair[0] } else { pair[1] };
        self.floors.extend(pairs.chunks_exact(2).map(lower));
        self.floors.extend(newest);
    }
}

/// The median slope in bytes a second, and the share of pairs that rise.
fn theil_sen(floors: &[Floor]) -> Option<(f64, f64)> {
    let pairs = floors.iter().enumerate().flat_map(|(index, left)| {
        floors[index + 1..].iter().map(move |right| (right.bytes - left.bytes) / (right.at - left.at))
    });
    let mut slopes: Vec<f64> = pairs.filter(|slope| slope.is_finite()).collect();
    if slopes.is_empty() {
        return None;
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let rising = slopes.iter().filter(|slope| **slope > 0.0).count() as f64 / slopes.len() as f64;
    Some((slopes[slopes.len() / 2], rising))
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
#[path = "leak_tests.rs"]
mod tests;
