//! How long things took in one pool.

use std::time::Duration;

use super::histogram::Histogram;

/// Fewer calls do not tell what is usual.
const TELLING: u64 = 20;

/// A call moves the recent average by this part of its distance.
const RECENT: f64 = 16.0;

/// Histograms of one pool, from its beginning.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// From the ask to the instance; zero where one had room.
    pub(crate) wait: Histogram,
    start: Histogram,
    service: Histogram,
    /// Half of the starts took no longer.
    usual_start: Option<Duration>,
    /// Of calls, in seconds, the last ones above all.
    recent_service: f64,
}

/// One histogram in five numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) count: u64,
    pub(crate) p50: Duration,
    pub(crate) p90: Duration,
    pub(crate) p99: Duration,
    pub(crate) max: Duration,
}

/// The three histograms for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spread {
    pub(crate) wait: Summary,
    pub(crate) start: Summary,
    pub(crate) service: Summary,
}

impl Times {
    /// From the order to start to the end of the handshake.
    pub(super) fn record_start(&mut self, time: Duration) {
        self.start.record(time);
        self.usual_start = self.start.quantile(0.5);
    }

    /// From the instance to the end of the call, whatever it was.
    pub(super) fn record_service(&mut self, time: Duration) {
        self.service.record(time);
        let weight = RECENT.min(self.service.count() as f64);
        self.recent_service += (time.as_secs_f64() - self.recent_service) / weight;
    }

    /// What a start takes; `None`: none was seen.
    pub(super) const fn usual_start(&self) -> Option<Duration> {
        self.usual_start
    }

    /// What a call took lately; `None`: too few to tell.
    pub(super) fn recent_service(&self) -> Option<Duration> {
        (self.service.count() >= TELLING).then(|| Duration::from_secs_f64(self.recent_service))
    }

    pub(super) fn spread(&self) -> Spread {
        Spread {
            wait: Summary::of(&self.wait),
            start: Summary::of(&self.start),
            service: Summary::of(&self.service),
        }
    }

    /// What nearly all calls stay under; `None`: too few to tell.
    pub(super) fn usual_service(&self) -> Option<Duration> {
        (self.service.count() >= TELLING).then(|| self.service.quantile(0.99)).flatten()
    }
}

impl Summary {
    fn of(histogram: &Histogram) -> Self {
        let at = |q| histogram.quantile(q).unwrap_or_default();
        Self { count: histogram.count(), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: histogram.max() }
    }
}
