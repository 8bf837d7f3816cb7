//! Numbers of JavaScript and of the engine.

use std::time::Duration;

/// A number of ours is far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts calls and units of one process")]
pub(super) fn as_f64(number: u64) -> f64 {
    number as f64
}

/// A number that [`as_f64`] gave.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a small whole number")]
pub(super) fn as_u64(number: f64) -> u64 {
    number as u64
}

/// A limit of time of JavaScript; `None`: there is none, or none was given (below zero).
pub(super) fn duration(ms: f64) -> Option<Duration> {
    if ms < 0.0 { None } else { Duration::try_from_secs_f64(ms / 1e3).ok() }
}

/// A grace of JavaScript, which Infinity makes endless; `None`: none was given (below zero).
pub(super) fn grace(ms: f64) -> Option<Duration> {
    (ms >= 0.0).then(|| duration(ms).unwrap_or(Duration::MAX))
}
