//! How times are spread: a histogram of fixed size with a bounded relative error.
//!
//! Log-linear, as HdrHistogram: each power of two is cut into [`SLICES`] equal slices, so that a value is known within 1/32 of itself
//! (3.2 %) from a nanosecond to an hour. Recording is one shift and one addition; two histograms are merged by adding.

use std::fmt;
use std::time::Duration;

/// Slices of each power of two.
const SLICES: u64 = 1 << SLICE_BITS;
const SLICE_BITS: u32 = 5;

/// Values from 2^42 ns (73 minutes) on are counted as that.
const MAX_BITS: u32 = 42;

/// Below [`SLICES`] each value has its own slot; above, each power of two has [`SLICES`] of them.
const SLOTS: usize = ((MAX_BITS - SLICE_BITS + 1) as u64 * SLICES) as usize;

/// Counts of times. 9.5 KiB, whatever it counts.
#[derive(Clone)]
pub(crate) struct Histogram {
    slots: Box<[u64; SLOTS]>,
    count: u64,
    max: u64,
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self { slots: Box::new([0; SLOTS]), count: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts one time.
    pub(crate) fn record(&mut self, time: Duration) {
        self.record_ns(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    fn record_ns(&mut self, ns: u64) {
        self.slots[slot_of(ns)] += 1;
        self.count += 1;
        self.max = self.max.max(ns);
    }

    /// How many were counted.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// The longest, exactly.
    pub(crate) const fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }

    /// The time that `q` (0.0–1.0) of all stay at or under, at most 1/32 too long and never over the longest. `None`: nothing was counted.
    pub(crate) fn quantile(&self, q: f64) -> Option<Duration> {
        let rank = ((q.clamp(0.0, 1.0) * self.count as f64).ceil() as u64).max(1);
        let mut below = 0;
        let slot = self.slots.iter().position(|count| {
            below += count;
            below >= rank
        })?;
        Some(Duration::from_nanos(last_of(slot).min(self.max)))
    }

    /// Adds what another one counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.slots.iter_mut().zip(other.slots.iter()) {
            *mine += theirs;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }
}

fn slot_of(ns: u64) -> usize {
    let ns = ns.min((1 << MAX_BITS) - 1);
    let power = ns.max(SLICES).ilog2() - SLICE_BITS;
    // The leading bit counts one group of slices by itself.
    usize::try_from(u64::from(power) * SLICES + (ns >> power)).unwrap_or(SLOTS - 1)
}

/// The longest time that a slot stands for.
fn last_of(slot: usize) -> u64 {
    let slot = slot as u64;
    if slot < 2 * SLICES {
        return slot;
    }
    if slot == SLOTS as u64 - 1 {
        return u64::MAX;
    }
    let power = slot / SLICES - 1;
    let slice = slot % SLICES + SLICES;
    ((slice + 1) << power) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|&ns| histogram.record_ns(ns));
        histogram
    }

    fn exact(values: &[u64], q: f64) -> u64 {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let rank = ((q * sorted.len() as f64).ceil() as usize).max(1);
        sorted[rank - 1]
    }

    #[test]
    fn every_slot_follows_its_neighbour() {
        let mut from = 0;
        for slot in 0..SLOTS - 1 {
            assert_eq!(slot_of(from), slot);
            assert_eq!(slot_of(last_of(slot)), slot);
            from = last_of(slot) + 1;
        }
        assert_eq!(slot_of(from), SLOTS - 1);
        assert_eq!(slot_of(u64::MAX), SLOTS - 1);
    }

    #[test]
    fn nothing_counted_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn longest_is_exact_even_beyond_the_range() {
        let long = histogram(&[1, u64::MAX - 7]);
        assert_eq!(long.quantile(1.0), Some(Duration::from_nanos(u64::MAX - 7)));
        assert_eq!(long.max(), Duration::from_nanos(u64::MAX - 7));
    }

    proptest! {
        #[test]
        fn quantiles_are_exact_within_a_slice(
            values in prop::collection::vec(0_u64..4_000_000_000_000, 1..400),
            q in 0.0..=1.0,
        ) {
            let estimate = u64::try_from(histogram(&values).quantile(q).unwrap().as_nanos()).unwrap();
            let exact = exact(&values, q);
            prop_assert!(estimate >= exact, "{estimate} < {exact}");
            prop_assert!(estimate - exact <= exact / SLICES, "{estimate} > {exact}");
        }

        #[test]
        fn merged_histograms_count_as_one(
            left in prop::collection::vec(any::<u64>(), 0..100),
            right in prop::collection::vec(any::<u64>(), 0..100),
            q in 0.0..=1.0,
        ) {
            let mut merged = histogram(&left);
            merged.merge(&histogram(&right));
            let both = histogram(&[left, right].concat());
            prop_assert_eq!(merged.count(), both.count());
            prop_assert_eq!(merged.quantile(q), both.quantile(q));
        }
    }
}
