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
    /// `urgent`: somebody waits and nothing else can serve him. After a quarantine one start gets leave; the next when its outcome was told.
    fn permission(&mut self, now: Instant, urgent: bool) -> Permission;
    /// An instance shook hands.
    fn started(&mut self, now: Instant);
    /// An instance could not be started.
    fn start_failed(&mut self, now: Instant, error: &Error);
    /// An instance that was ready died by itself after `lived`; `error` is what its pending calls got.
    fn died(&mut self, now: Instant, lived: Duration, error: Option<&Error>);
    /// A start that got leave was given up: it has no outcome.
    fn given_up(&mut self, now: Instant);
    /// The end of the quarantine and its error, while there is one.
    fn quarantine(&self, now: Instant) -> Option<(Instant, Error)>;
    /// Restarts in a row from now on.
    fn limit(&mut self, max_restarts: u32);
    /// Somebody repaired the server.
    fn forgive(&mut self);
}
