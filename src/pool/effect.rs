//! What a change of a pool's state asks of the world.

use std::time::{Duration, Instant};

use super::instance_state::Cause;
use super::wait_queue::Ticket;
use crate::model::Error;

/// One thing to do. They are done in order, outside of any lock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// A waiter got this instance; the use is counted.
    Granted { ticket: Ticket, instance: u64 },
    /// A waiter gets nothing.
    Refused { ticket: Ticket, error: Error },
    /// Start this instance, then report `started` or `start_failed`.
    Start { instance: u64, handlers: u8 },
    /// Stop this instance or its start, then report `stopped`.
    Stop { instance: u64, grace: Option<Duration> },
    /// A lease is on this instance now.
    Moved { lease: u64, instance: u64 },
    /// Tell the holder of a lease.
    Notice(Notice),
    /// Tell who listens.
    Event(PoolEvent),
}

/// What happened to the instance of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) lease: u64,
    /// False: it is being replaced.
    pub(crate) lost: bool,
    pub(crate) instance: u64,
    pub(crate) cause: String,
}

/// The events of the public API.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PoolEvent {
    Created { instance: u64 },
    Reused { instance: u64 },
    Released { instance: u64 },
    Exited { instance: u64, exit_code: Option<i32>, signal: Option<String>, cause: String },
    StartFailed { error: Error },
    Restarted { old: u64, instance: u64, cause: String },
    Retired { instance: u64, cause: Cause },
    Quarantined { until: Instant, error: Error },
    MemoryLimit { instance: u64, memory_bytes: u64, limit_bytes: u64, leak_per_minute: Option<u64> },
    Exhausted { waiting: usize },
    Shutdown,
}

impl PoolEvent {
    /// Whether it is more than the coming and going of those who use the pool.
    pub(crate) fn is_rare(&self) -> bool {
        !matches!(self, Self::Reused { .. } | Self::Released { .. })
    }
}
