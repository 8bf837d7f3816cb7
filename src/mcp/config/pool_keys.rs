//! The keys of `"procman": { … }`: how each is written, and where it goes. `schema/procman.schema.json` is checked against this table.

use serde_json::{Value, json};

use crate::model::pool_options::BYTES_PER_MB;
use crate::model::{PoolOptions, PoolSettings, Protocol, Sharing, TimeLimit};

/// How `Infinity` is written in JSON, which has no such number.
pub(super) const INFINITY: &str = "Infinity";

/// A message becomes a string of JavaScript, and V8 has none of 512 MB.
pub(super) const MOST_MESSAGE_MB: u32 = 511;

/// The spellings of [`Sharing`].
pub(super) const SHARING: [(&str, Sharing); 3] =
    [("shared", Sharing::Shared), ("session", Sharing::Session), ("exclusive", Sharing::Exclusive)];

/// The spellings of [`Protocol`].
pub(super) const PROTOCOL: [(&str, Protocol); 3] =
    [("legacy", Protocol::Legacy), ("2026-07-28", Protocol::Modern), ("auto", Protocol::Auto)];

/// One key.
pub(super) struct PoolKey {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The value in force, as it would be written.
    pub(super) show: fn(&PoolSettings) -> Value,
}

/// What a key takes, and what is done with it.
pub(super) enum Kind {
    /// A whole number.
    Count { least: u32, bounded: bool, set: fn(&mut PoolOptions, u32) },
    /// Milliseconds.
    Time { zero: bool, set: fn(&mut PoolOptions, TimeLimit) },
    /// Milliseconds between two times; 0: never.
    Interval { set: fn(&mut PoolOptions, TimeLimit) },
    /// Megabytes, given on as bytes.
    Memory { set: fn(&mut PoolOptions, u64) },
    /// Megabytes up to [`MOST_MESSAGE_MB`], given on as bytes.
    Message { set: fn(&mut PoolOptions, u64) },
    /// True or false.
    Flag { set: fn(&mut PoolOptions, bool) },
    /// One of [`SHARING`].
    Sharing { set: fn(&mut PoolOptions, Sharing) },
    /// One of [`PROTOCOL`].
    Protocol { set: fn(&mut PoolOptions, Protocol) },
}

/// All keys, in the order of the documentation.
pub(super) const KEYS: [PoolKey; 17] = [
    PoolKey {
        name: "minInstances",
        kind: Kind::Count { least: 0, bounded: true, set: |to, count| to.min_instances = Some(count) },
        show: |of| count(of.min_instances),
    },
    PoolKey {
        name: "maxInstances",
        kind: Kind::Count { least: 1, bounded: true, set: |to, count| to.max_instances = Some(count) },
        show: |of| count(of.max_instances),
    },
    PoolKey {
        name: "sharing",
        kind: Kind::Sharing { set: |to, sharing| to.sharing = Some(sharing) },
        show: |of| word(&SHARING, of.sharing),
    },
    PoolKey {
        name: "maxLeasesPerInstance",
        kind: Kind::Count { least: 1, bounded: false, set: |to, n| to.max_leases_per_instance = Some(n) },
        show: |of| count(of.max_leases_per_instance),
    },
    PoolKey {
        name: "maxCallsPerInstance",
        kind: Kind::Count { least: 1, bounded: false, set: |to, n| to.max_calls_per_instance = Some(n) },
        show: |of| count(of.max_calls_per_instance),
    },
    PoolKey {
        name: "idleTimeout",
        kind: Kind::Time { zero: true, set: |to, limit| to.idle_timeout = Some(limit) },
        show: |of| milliseconds(of.idle_timeout),
    },
    PoolKey {
        name: "sessionIdleTimeout",
        kind: Kind::Time { zero: true, set: |to, limit| to.session_idle_timeout = Some(limit) },
        show: |of| milliseconds(of.session_idle_timeout),
    },
    PoolKey {
        name: "acquireTimeout",
        kind: Kind::Time { zero: true, set: |to, limit| to.acquire_timeout = Some(limit) },
        show: |of| milliseconds(of.acquire_timeout),
    },
    PoolKey {
        name: "startTimeout",
        kind: Kind::Time { zero: false, set: |to, limit| to.start_timeout = Some(limit) },
        show: |of| milliseconds(of.start_timeout),
    },
    PoolKey {
        name: "graceMs",
        kind: Kind::Time { zero: true, set: |to, limit| to.grace = Some(limit) },
        show: |of| milliseconds(of.grace),
    },
    PoolKey {
        name: "memoryLimitMB",
        kind: Kind::Memory { set: |to, bytes| to.memory_limit = Some(bytes) },
        show: |of| megabytes(of.memory_limit),
    },
    PoolKey {
        name: "maxMessageMB",
        kind: Kind::Message { set: |to, bytes| to.max_message = Some(bytes) },
        show: |of| megabytes(of.max_message),
    },
    PoolKey {
        name: "restartOnMemoryLeak",
        kind: Kind::Flag { set: |to, flag| to.restart_on_memory_leak = Some(flag) },
        show: |of| of.restart_on_memory_leak.into(),
    },
    PoolKey {
        name: "sharedMemoryCache",
        kind: Kind::Flag { set: |to, flag| to.shared_memory_cache = Some(flag) },
        show: |of| of.shared_memory_cache.into(),
    },
    PoolKey {
        name: "healthCheckInterval",
        kind: Kind::Interval { set: |to, limit| to.health_check_interval = Some(limit) },
        show: |of| milliseconds(of.health_check_interval),
    },
    PoolKey {
        name: "maxRestarts",
        kind: Kind::Count { least: 0, bounded: false, set: |to, count| to.max_restarts = Some(count) },
        show: |of| count(of.max_restarts),
    },
    PoolKey {
        name: "protocol",
        kind: Kind::Protocol { set: |to, protocol| to.protocol = Some(protocol) },
        show: |of| word(&PROTOCOL, of.protocol),
    },
];

/// Settings as they would be written in `"procman": { … }`, none left out.
#[must_use]
pub fn settings_json(settings: &PoolSettings) -> Value {
    KEYS.iter().map(|key| (key.name.to_owned(), (key.show)(settings))).collect()
}

fn count(count: u32) -> Value {
    if count == u32::MAX { INFINITY.into() } else { count.into() }
}

fn milliseconds(limit: Option<std::time::Duration>) -> Value {
    limit.map_or_else(|| INFINITY.into(), |limit| whole_or_not(limit.as_secs_f64() * 1e3))
}

#[expect(clippy::cast_precision_loss, reason = "an amount of memory is far below 2^53 bytes")]
fn megabytes(bytes: u64) -> Value {
    if bytes == u64::MAX { INFINITY.into() } else { whole_or_not(bytes as f64 / BYTES_PER_MB as f64) }
}

/// `30000` rather than `30000.0`.
#[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
fn whole_or_not(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

fn word<T: Copy + PartialEq>(spellings: &[(&'static str, T)], of: T) -> Value {
    spellings.iter().find(|(_, value)| *value == of).map_or(Value::Null, |(spelling, _)| (*spelling).into())
}
