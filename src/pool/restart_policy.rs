//! When a pool may start another process.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use crate::model::Error;

/// What the policy says to a start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Permission {
    /// Go ahead.
    Now,
    /// Not before then.
    After(Instant),
    /// The server fails too often; who asks gets this error. It may be tried again then.
    Quarantined { until: Instant, error: Error },
}

/// Judges starts and ends of one server's processes. Pure: time comes in from outside.
pub(crate) trait RestartPolicy: Debug + Send {
    /// `urgent`: somebody waits and nothing else can serve him.
    fn permission(&self, now: Instant, urgent: bool) -> Permission;
    /// An instance shook hands.
    fn started(&mut self, now: Instant);
    /// An instance could not be started.
    fn start_failed(&mut self, now: Instant, error: &Error);
    /// An instance that was ready died by itself after `lived`; `error` is what its pending calls got.
    fn died(&mut self, now: Instant, lived: Duration, error: Option<&Error>);
}

/// Lets everybody who waits try; what nobody waits for comes after a growing pause.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    not_before: Option<Instant>,
}

/// The pause after the second failure in a row; it doubles up to a minute. After the first there is none.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Who lived this long did not fail.
const STABLE: Duration = Duration::from_secs(10);

impl Backoff {
    fn failed(&mut self, now: Instant) {
        self.failures += 1;
        let pause =
            FIRST_PAUSE.saturating_mul(1 << self.failures.saturating_sub(2).min(6)).min(LONGEST_PAUSE);
        self.not_before = (self.failures > 1).then(|| now + pause);
    }
}

impl RestartPolicy for Backoff {
    fn permission(&self, now: Instant, urgent: bool) -> Permission {
        match self.not_before {
            Some(at) if at > now && !urgent => Permission::After(at),
            _ => Permission::Now,
        }
    }

    fn started(&mut self, _now: Instant) {}

    fn start_failed(&mut self, now: Instant, _error: &Error) {
        self.failed(now);
    }

    fn died(&mut self, now: Instant, lived: Duration, _error: Option<&Error>) {
        if lived >= STABLE {
            self.failures = 0;
        }
        self.failed(now);
    }
}
