//! The pool's own errors, worded once.

use std::time::Instant;

use serde_json::{Value, json};

use super::ask::Pin;
use super::holdings::{Holdings, Place};
use super::wait_queue::WaitQueue;
use crate::model::{Error, ErrorCode};

/// Details list no more holders than a person can read.
const LISTED_HOLDERS: usize = 20;

/// Nothing came free in time.
pub(crate) fn exhausted(pool: &str, holdings: &Holdings, waiters: &WaitQueue, now: Instant) -> Error {
    let settings = &holdings.settings;
    let message = format!(
        "pool '{pool}' is exhausted: {} of {} instances run, {} leases are open and {} callers wait; release servers \
         sooner, or raise maxInstances or acquireTimeout",
        holdings.counted(),
        settings.max_instances,
        holdings.leases.len(),
        waiters.len(),
    );
    Error::new(ErrorCode::PoolExhausted, message)
        .detail("pool", pool)
        .detail(
            "limits",
            json!({
                "maxInstances": settings.max_instances,
                "maxLeasesPerInstance": settings.max_leases_per_instance,
                "maxCallsPerInstance": settings.max_calls_per_instance,
            }),
        )
        .detail("instances", holdings.counted())
        .detail("starting", holdings.all_starting())
        .detail("waiting", waiters.len())
        .detail("leases", holdings.leases.len())
        .detail("callsInFlight", holdings.instances.values().map(|instance| instance.calls).sum::<u32>())
        .detail("holders", holders(pool, holdings, now))
        .retryable()
}

/// The instance that held the session's or lease's state is gone.
pub(crate) fn session_lost(pool: &str, session: Option<&str>, instance: u64) -> Error {
    let instance = instance_id(pool, instance);
    let (who, next) = match session {
        Some(id) => (format!("session '{id}'"), "its next use begins on a new instance, without that state"),
        None => ("the lease".to_owned(), "get another server from the pool"),
    };
    let message =
        format!("{who} was on instance '{instance}', which is gone with all state that it had there; {next}");
    let error =
        Error::new(ErrorCode::SessionLost, message).detail("pool", pool).detail("instanceId", instance);
    match session {
        Some(id) => error.detail("sessionId", id),
        None => error,
    }
}

/// The instance that ran the task is gone.
pub(crate) fn task_lost(pool: &str, pin: Option<&Pin>) -> Error {
    let task = pin.and_then(|pin| pin.task.as_deref()).unwrap_or_default();
    let instance = instance_id(pool, pin.map_or(0, |pin| pin.instance));
    let message = format!(
        "task '{task}' ran on instance '{instance}', which is gone with all its tasks; what it did so far nobody can tell, start it anew if it may run twice"
    );
    Error::new(ErrorCode::SessionLost, message)
        .detail("pool", pool)
        .detail("instanceId", instance)
        .detail("taskId", task)
}

/// Handlers need an instance of one's own from a session's first use on.
pub(crate) fn session_is_shared(pool: &str, session: &str, instance: u64) -> Error {
    let message = format!(
        "session '{session}' is on instance '{}', which others may share, and handlers need an instance of their own; \
         give them with the session's first use, or end it first",
        instance_id(pool, instance)
    );
    Error::new(ErrorCode::InvalidArgument, message)
        .detail("argument", "handlers")
        .detail("sessionId", session)
}

/// A call on a lease that was given back.
pub(crate) fn released(pool: &str) -> Error {
    let message = format!("the server was released to pool '{pool}' already; get another one");
    Error::new(ErrorCode::Closed, message).detail("pool", pool)
}

/// The pool takes no more work.
pub(crate) fn closed(pool: &str) -> Error {
    let message = format!("pool '{pool}' was shut down; make a new one");
    Error::new(ErrorCode::Closed, message).detail("pool", pool)
}

/// What an instance is called outside.
pub(crate) fn instance_id(pool: &str, number: u64) -> String {
    format!("{pool}-{number}")
}

fn holders(pool: &str, holdings: &Holdings, now: Instant) -> Value {
    let mut leases: Vec<_> = holdings.leases.iter().collect();
    leases.sort_unstable_by_key(|(_, lease)| lease.since);
    let describe = |(number, lease): &(&u64, &super::holdings::LeaseState)| {
        let age = u64::try_from(now.saturating_duration_since(lease.since).as_millis()).unwrap_or(u64::MAX);
        let instance = match lease.place {
            Place::On(instance) => Some(instance_id(pool, instance)),
            Place::Adrift | Place::Lost(_) => None,
        };
        json!({ "lease": number, "instanceId": instance, "ageMs": age, "sessionId": lease.session })
    };
    leases.iter().take(LISTED_HOLDERS).map(describe).collect()
}
