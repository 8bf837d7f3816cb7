//! Events and notices of pools as JSON, which JavaScript hands on.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::model::Error;
use crate::model::pool_options::BYTES_PER_MB;
use crate::pool::{Notice, PoolEvent, instance_id};

/// `{ event, pool, at, … }`; `pid` for the event that has one.
pub(super) fn event_json(pool: &str, event: &PoolEvent, pid: Option<i32>) -> String {
    let id = |number: &u64| instance_id(pool, *number);
    let (name, fields) = match event {
        PoolEvent::Created { instance } => {
            ("server-created", json!({ "instanceId": id(instance), "pid": pid }))
        }
        PoolEvent::Reused { instance } => ("server-reused", json!({ "instanceId": id(instance) })),
        PoolEvent::Released { instance } => ("server-released", json!({ "instanceId": id(instance) })),
        PoolEvent::Exited { instance, exit_code, signal, cause } => (
            "server-exited",
            json!({ "instanceId": id(instance), "exitCode": exit_code, "signal": signal, "cause": cause }),
        ),
        PoolEvent::StartFailed { error } => ("server-start-failed", json!({ "error": error_value(error) })),
        PoolEvent::Restarted { old, instance, cause } => (
            "server-restarted",
            json!({ "oldInstanceId": id(old), "instanceId": id(instance), "cause": cause }),
        ),
        PoolEvent::Retired { instance, cause } => {
            ("server-retired", json!({ "instanceId": id(instance), "cause": cause }))
        }
        PoolEvent::Quarantined { until, error } => {
            ("server-quarantined", json!({ "until": epoch_ms(*until), "error": error_value(error) }))
        }
        PoolEvent::MemoryLimit { instance, memory_bytes, limit_bytes, leak_per_minute } => (
            "memory-limit",
            json!({
                "instanceId": id(instance),
                "memoryMB": megabytes(*memory_bytes),
                "limitMB": megabytes(*limit_bytes),
                "leakMBPerMinute": leak_per_minute.map(megabytes),
            }),
        ),
        PoolEvent::Exhausted { waiting } => ("pool-exhausted", json!({ "waiting": waiting })),
        PoolEvent::Shutdown => ("pool-shutdown", json!({})),
    };
    let mut object = Map::from_iter([
        ("event".to_owned(), json!(name)),
        ("pool".to_owned(), json!(pool)),
        ("at".to_owned(), json!(epoch_ms(Instant::now()))),
    ]);
    if let Value::Object(fields) = fields {
        object.extend(fields.into_iter().filter(|(key, value)| key != "leakMBPerMinute" || !value.is_null()));
    }
    Value::Object(object).to_string()
}

/// `{ event, instanceId, cause }`.
pub(super) fn notice_json(pool: &str, notice: &Notice) -> String {
    let event = if notice.lost { "lost" } else { "retiring" };
    json!({ "event": event, "instanceId": instance_id(pool, notice.instance), "cause": notice.cause })
        .to_string()
}

/// An error as `lib/api/errors.js` reads it from JSON.
pub(super) fn error_value(error: &Error) -> Value {
    json!({
        "code": error.code().as_str(),
        "message": error.message(),
        "details": error.details(),
        "retryable": error.is_retryable(),
    })
}

/// Milliseconds since the epoch, also of a time to come.
pub(super) fn epoch_ms(at: Instant) -> f64 {
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let now = Instant::now();
    let ahead =
        at.saturating_duration_since(now).as_secs_f64() - now.saturating_duration_since(at).as_secs_f64();
    ((epoch + ahead) * 1e3).round()
}

/// Megabytes with one digit after the point.
#[expect(clippy::cast_precision_loss, reason = "memory of one machine, for people")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    (bytes as f64 / BYTES_PER_MB as f64 * 10.0).round() / 10.0
}
