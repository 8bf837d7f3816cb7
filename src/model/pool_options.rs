//! The settings of a pool as somebody wrote them: what was left out stays open, for a weaker source or the default to fill.

use std::time::Duration;

/// `memoryLimitMB` and all other `…MB` numbers count in these.
pub const BYTES_PER_MB: u64 = 1 << 20;

/// How long something may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLimit {
    /// This long.
    After(Duration),
    /// `Infinity`: for ever.
    Never,
}

impl TimeLimit {
    /// `None`: for ever.
    #[must_use]
    pub const fn duration(self) -> Option<Duration> {
        match self {
            Self::After(duration) => Some(duration),
            Self::Never => None,
        }
    }
}

/// What holders of one instance have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Leases share instances, calls interleave.
    #[default]
    Shared,
    /// One session stays on one instance; several sessions may be on it.
    Session,
    /// A lease owns its instance.
    Exclusive,
}

/// Which era of the protocol a server speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// `initialize`, up to 2025-11-25.
    #[default]
    Legacy,
    /// `server/discover`, 2026-07-28.
    Modern,
    /// Find out.
    Auto,
}

/// `Partial<MCPServerPoolOptions>` without what to run. [`super::PoolSettings`] says what each means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolOptions {
    /// `minInstances`
    pub min_instances: Option<u32>,
    /// `maxInstances`
    pub max_instances: Option<u32>,
    /// `sharing`
    pub sharing: Option<Sharing>,
    /// `maxLeasesPerInstance`; `u32::MAX` for Infinity
    pub max_leases_per_instance: Option<u32>,
    /// `maxCallsPerInstance`; `u32::MAX` for Infinity
    pub max_calls_per_instance: Option<u32>,
    /// `idleTimeout`
    pub idle_timeout: Option<TimeLimit>,
    /// `sessionIdleTimeout`
    pub session_idle_timeout: Option<TimeLimit>,
    /// `acquireTimeout`
    pub acquire_timeout: Option<TimeLimit>,
    /// `startTimeout`
    pub start_timeout: Option<TimeLimit>,
    /// `graceMs`
    pub grace: Option<TimeLimit>,
    /// `memoryLimitMB` in bytes; `u64::MAX` for Infinity
    pub memory_limit: Option<u64>,
    /// `maxMessageMB` in bytes
    pub max_message: Option<u64>,
    /// `restartOnMemoryLeak`
    pub restart_on_memory_leak: Option<bool>,
    /// `sharedMemoryCache`
    pub shared_memory_cache: Option<bool>,
    /// `healthCheckInterval`
    pub health_check_interval: Option<TimeLimit>,
    /// `maxRestarts`; `u32::MAX` for Infinity
    pub max_restarts: Option<u32>,
    /// `protocol`
    pub protocol: Option<Protocol>,
}

impl PoolOptions {
    /// These, and those of a weaker source where these leave something open.
    #[must_use]
    pub fn or(&self, weaker: &Self) -> Self {
        Self {
            min_instances: self.min_instances.or(weaker.min_instances),
            max_instances: self.max_instances.or(weaker.max_instances),
            sharing: self.sharing.or(weaker.sharing),
            max_leases_per_instance: self.max_leases_per_instance.or(weaker.max_leases_per_instance),
            max_calls_per_instance: self.max_calls_per_instance.or(weaker.max_calls_per_instance),
            idle_timeout: self.idle_timeout.or(weaker.idle_timeout),
            session_idle_timeout: self.session_idle_timeout.or(weaker.session_idle_timeout),
            acquire_timeout: self.acquire_timeout.or(weaker.acquire_timeout),
            start_timeout: self.start_timeout.or(weaker.start_timeout),
            grace: self.grace.or(weaker.grace),
            memory_limit: self.memory_limit.or(weaker.memory_limit),
            max_message: self.max_message.or(weaker.max_message),
            restart_on_memory_leak: self.restart_on_memory_leak.or(weaker.restart_on_memory_leak),
            shared_memory_cache: self.shared_memory_cache.or(weaker.shared_memory_cache),
            health_check_interval: self.health_check_interval.or(weaker.health_check_interval),
            max_restarts: self.max_restarts.or(weaker.max_restarts),
            protocol: self.protocol.or(weaker.protocol),
        }
    }
}
