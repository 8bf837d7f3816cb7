//! When to look at an instance's memory again: the sooner the next mark is reached, the sooner. Pure.
//!
//! Owns the pause between two looks. It doubles while nothing happens, up to [`LONGEST`]; a mark that is near cuts it to a part of the time
//! until then, so that the mark is met closely and not passed between two looks. Looking never takes more than a hundredth of a core.

use std::time::{Duration, Instant};

/// Between two looks at an instance that is growing fast.
const SHORTEST: Duration = Duration::from_millis(20);

/// Between two looks at a quiet one.
pub(super) const LONGEST: Duration = Duration::from_secs(1);

/// Looks on the way to the next mark, if it goes on as it does.
const LOOKS_TO_MARK: f64 = 4.0;

/// A look costs at most this part of a core.
const COST: u32 = 100;

/// The rhythm of one instance.
#[derive(Debug, Default)]
pub(crate) struct LookPace {
    last: Option<(Instant, u64)>,
    /// Bytes a second; a burst is believed for a while.
    rate: f64,
    pause: Duration,
}

impl LookPace {
    /// A look that took `cost` of processor time found `bytes`; how long to wait for the next one.
    pub(crate) fn pause(&mut self, now: Instant, bytes: u64, mark: Option<u64>, cost: Duration) -> Duration {
        self.rate = self.rate_of(now, bytes).max(self.rate / 2.0);
        self.last = Some((now, bytes));
        let until_mark = mark.map_or(Duration::MAX, |mark| self.until(mark.saturating_sub(bytes)));
        let pause = (self.pause * 2).min(until_mark).clamp(SHORTEST, LONGEST);
        self.pause = pause.max(cost * COST);
        self.pause
    }

    /// A look may come so much earlier, if somebody looks anyway: all that are quiet are then looked at together.
    pub(crate) fn slack(&self) -> Duration {
        self.pause / 2
    }

    fn rate_of(&self, now: Instant, bytes: u64) -> f64 {
        let Some((at, before)) = self.last else { return 0.0 };
        let seconds = now.saturating_duration_since(at).as_secs_f64();
        if seconds > 0.0 { bytes.saturating_sub(before) as f64 / seconds } else { 0.0 }
    }

    /// The wait on the way to something that is so far away.
    fn until(&self, bytes: u64) -> Duration {
        Duration::try_from_secs_f64(bytes as f64 / self.rate / LOOKS_TO_MARK).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const QUICK: Duration = Duration::from_micros(50);

    /// Looks at memory that is `bytes(seconds)` for ten seconds; when each look was.
    fn looks(limit: u64, bytes: impl Fn(f64) -> u64) -> Vec<(f64, u64)> {
        let (mut pace, begin) = (LookPace::default(), Instant::now());
        let (mut now, mut looks) = (begin, Vec::new());
        while now - begin < Duration::from_secs(10) {
            let at = (now - begin).as_secs_f64();
            let found = bytes(at);
            looks.push((at, found));
            let mark = if found <= limit { Some(limit) } else { None };
            now += pace.pause(now, found, mark, QUICK);
        }
        looks
    }

    #[test]
    fn quiet_instance_is_looked_at_once_a_second() {
        let looks = looks(512 * MIB, |_| 100 * MIB);
        assert!((12..=18).contains(&looks.len()), "{} looks in ten seconds", looks.len());
    }

    #[test]
    fn fast_growth_is_met_close_behind_its_mark_however_fast() {
        for rate in [20, 74, 300] {
            let looks = looks(512 * MIB, |at| ((at * rate as f64) as u64 + 50) * MIB);
            let past = looks.iter().find(|(_, found)| *found > 512 * MIB);
            if let Some((_, found)) = past {
                let late = (found - 512 * MIB) as f64 / MIB as f64;
                assert!(late <= f64::from(rate) * 0.04, "{late} MB late at {rate} MB a second");
            }
            assert!(looks.len() < 120, "{} looks at {rate} MB a second", looks.len());
        }
    }

    #[test]
    fn burst_out_of_rest_is_looked_after_closely_from_the_next_look_on() {
        let burst = |at: f64| if at < 5.0 { 50 * MIB } else { 50 * MIB + ((at - 5.0) * 100.0) as u64 * MIB };
        let past = looks(300 * MIB, burst).into_iter().find(|(_, found)| *found > 300 * MIB).unwrap();
        assert!(past.1 < 310 * MIB, "{past:?}");
    }

    #[test]
    fn costly_look_comes_seldom_however_fast_it_grows() {
        let (mut pace, now) = (LookPace::default(), Instant::now());
        pace.pause(now, 0, Some(MIB), QUICK);
        let slow = Duration::from_millis(30);
        assert_eq!(pace.pause(now + SHORTEST, MIB - 1, Some(MIB), slow), slow * 100);
    }
}
