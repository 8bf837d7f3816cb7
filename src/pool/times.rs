//! How long things took in one pool.

use std::time::Duration;

use super::histogram::Histogram;

/// Fewer calls do not tell what is usual.
const TELLING: u64 = 20;

/// Histograms of one pool, from its beginning.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// From the ask to the instance; zero where one had room.
    pub(crate) wait: Histogram,
    /// From the order to start to the end of the handshake.
    pub(crate) start: Histogram,
    /// From the instance to the end of the call, whatever it was.
    pub(crate) service: Histogram,
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
