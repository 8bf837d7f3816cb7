//! What an instance's memory says of it: from readings to what is to be done. Pure: time and sizes come in from outside.
//!
//! Owns the judgement from one look to the next, and when that is. What is resident is read at every look and is never too low; the *share*
//! (each page counted once) costs a walk of the page tables, and decides. It is read near the limit, a hundredth of a core at most, and where
//! the growth since the last one says that a mark was passed, a tenth at most: what grew was not shared.

use std::time::{Duration, Instant};

use super::instance_state::Cause;
use super::leak::{Growth, LeakPolicy, LeakWatch};
use super::look_pace::{LONGEST, LookPace};
use super::memory_level::{LAST_CALLS, MemoryLevel};

/// From this part of the limit on, in percent, the share is read.
const NEAR_PERCENT: u64 = 90;

/// Reading the share takes at most this part of a core while nothing is urgent …
const COST: u32 = 100;

/// … and this one when a mark was passed.
const URGENT_COST: u32 = 10;

/// What an instance may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemoryPolicy {
    /// Bytes.
    pub(crate) limit: u64,
    /// Whether what outgrows it is replaced; else it is only told.
    pub(crate) replace: bool,
}

/// What was read of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Bytes; a page counts once for each process that maps it.
    pub(crate) resident: u64,
    /// Processor time that this took.
    pub(crate) cost: Duration,
    /// Bytes, each page counted once, and what reading that took. Only where it was worth it.
    pub(crate) share: Option<(u64, Duration)>,
}

/// What is to be done with an instance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MemoryAdvice {
    /// Tell of its memory. `leak`: MiB a minute, where it grows steadily.
    Tell { bytes: u64, leak: Option<f64> },
    /// Replace it: successor first.
    Replace { cause: Cause, since: Instant },
    /// Spare it new calls where others can take them, or end that.
    Strained(bool),
    /// Nobody may begin anything on it; what is in flight may end.
    Expel { since: Instant },
    /// Stop it at once.
    Stop { bytes: u64 },
}

/// The memory of one instance.
#[derive(Debug)]
pub(crate) struct MemoryWatch {
    leak: LeakWatch,
    pace: LookPace,
    /// What was resident and what the share was, when that was read last.
    known: Option<(u64, u64)>,
    share_after: Instant,
    urgent_after: Instant,
    over_since: Option<Instant>,
    strained: bool,
    expelled_at: Option<Instant>,
    next_look: Instant,
}

impl MemoryWatch {
    pub(crate) fn new(limit: u64, now: Instant) -> Self {
        Self {
            leak: LeakWatch::new(LeakPolicy::new(limit)),
            pace: LookPace::default(),
            known: None,
            share_after: now,
            urgent_after: now,
            over_since: None,
            strained: false,
            expelled_at: None,
            next_look: now,
        }
    }

    /// When to look.
    pub(crate) const fn next_look(&self) -> Instant {
        self.next_look
    }

    /// Whether to look, if somebody looks at others anyway.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next_look <= now + self.pace.slack()
    }

    /// From how many resident bytes on the share is to be read at this look. One whose reading never comes is not the last.
    pub(crate) fn begin_look(&mut self, limit: u64, now: Instant) -> u64 {
        self.next_look = now + LONGEST;
        let near = if self.leak.leak().is_some() { 0 } else { near(limit) };
        let routine = if now < self.share_after { u64::MAX } else { near };
        let urgent = if now < self.urgent_after { u64::MAX } else { self.resident_at_mark(limit) };
        routine.min(urgent)
    }

    /// What follows from a reading.
    pub(crate) fn look(&mut self, reading: Reading, policy: MemoryPolicy, now: Instant) -> Vec<MemoryAdvice> {
        self.learn(reading, now);
        let bytes = self.estimate(reading.resident);
        let pause = self.pace.pause(now, bytes, MemoryLevel::next_mark(bytes, policy.limit), reading.cost);
        self.next_look = now + pause;
        if bytes < near(policy.limit) && self.leak.leak().is_none() {
            self.over_since = None;
        }
        let share = reading.share.map(|(bytes, _)| bytes);
        let mut advice: Vec<_> = self.told(share, policy, now).into_iter().collect();
        if policy.replace {
            // So far below the limit nobody reads the share.
            let small = Some(reading.resident).filter(|resident| *resident <= policy.limit);
            advice.extend(self.decided(share.or(small), policy, now));
        }
        advice
    }

    /// What it uses, as far as is known without the share.
    pub(crate) fn estimate(&self, resident: u64) -> u64 {
        self.known.map_or(resident, |(then, share)| share.saturating_add(resident - then).min(resident))
    }

    fn learn(&mut self, reading: Reading, now: Instant) {
        self.leak.record(now, reading.resident);
        if let Some((share, cost)) = reading.share {
            self.known = Some((reading.resident, share));
            self.share_after = now + cost * COST;
            self.urgent_after = now + cost * URGENT_COST;
        }
        // Who left may have had pages of his own: the share is anybody's guess then, but never more than what is resident.
        self.known = self.known.filter(|(then, _)| *then <= reading.resident);
    }

    /// Where the next mark is passed, if all that was added since the share was read is its own.
    fn resident_at_mark(&self, limit: u64) -> u64 {
        let (resident, share) = self.known.unwrap_or_default();
        let mark = MemoryLevel::next_mark(share, limit).unwrap_or(u64::MAX);
        resident.saturating_add(mark - share).saturating_add(1)
    }

    /// Once for each time that it is too much.
    fn told(&mut self, share: Option<u64>, policy: MemoryPolicy, now: Instant) -> Option<MemoryAdvice> {
        let bytes = share.filter(|share| self.is_too_much(*share, policy.limit))?;
        let first = self.over_since.is_none();
        self.over_since.get_or_insert(now);
        let leak = self.leak.growth().map(|growth: Growth| growth.mb_per_minute);
        first.then_some(MemoryAdvice::Tell { bytes, leak })
    }

    fn is_too_much(&self, share: u64, limit: u64) -> bool {
        share > limit || (self.leak.leak().is_some() && share.saturating_mul(2) >= limit)
    }

    fn decided(&mut self, bytes: Option<u64>, policy: MemoryPolicy, now: Instant) -> Vec<MemoryAdvice> {
        if self.expelled_at.is_some_and(|at| now.saturating_duration_since(at) >= LAST_CALLS) {
            return vec![MemoryAdvice::Stop { bytes: self.known.map_or(0, |(_, share)| share) }];
        }
        let Some(bytes) = bytes else { return Vec::new() };
        let level = MemoryLevel::of(bytes, policy.limit);
        let since = self.over_since.unwrap_or(now);
        let step = match level {
            MemoryLevel::Within => {
                let leaks = self.over_since.is_some() && self.leak.leak().is_some();
                leaks.then_some(MemoryAdvice::Replace { cause: "leak", since })
            }
            MemoryLevel::Over | MemoryLevel::Strained => {
                Some(MemoryAdvice::Replace { cause: "memory", since })
            }
            MemoryLevel::Spent => {
                self.expelled_at.get_or_insert(now);
                Some(MemoryAdvice::Expel { since })
            }
            MemoryLevel::Runaway => Some(MemoryAdvice::Stop { bytes }),
        };
        self.strain(level >= MemoryLevel::Strained).into_iter().chain(step).collect()
    }

    fn strain(&mut self, strained: bool) -> Option<MemoryAdvice> {
        let changed = std::mem::replace(&mut self.strained, strained) != strained;
        changed.then_some(MemoryAdvice::Strained(strained))
    }
}

fn near(limit: u64) -> u64 {
    limit / 100 * NEAR_PERCENT
}

#[cfg(test)]
#[path = "memory_watch_tests.rs"]
mod tests;
