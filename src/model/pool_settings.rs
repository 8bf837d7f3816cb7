//! The settings that a pool runs with: nothing left open, nothing contradictory.

use std::time::Duration;

use super::pool_options::BYTES_PER_MB;
use super::{Error, ErrorCode, MemoryCeiling, PoolOptions, Protocol, Result, Sharing, TimeLimit};

/// The ceiling, in limits: behind the three at which an instance is stopped for what was measured.
const CEILING: u64 = 4;

/// Every setting of a pool. Times that are `None` never run out; counts of `u32::MAX` and bytes of `u64::MAX` are no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// Kept warm; at most `max_instances`.
    pub min_instances: u32,
    /// At least 1.
    pub max_instances: u32,
    /// What holders of one instance have in common.
    pub sharing: Sharing,
    /// At least 1.
    pub max_leases_per_instance: u32,
    /// In flight; at least 1.
    pub max_calls_per_instance: u32,
    /// An instance with no call, lease or session for this long is stopped, down to `min_instances`.
    pub idle_timeout: Option<Duration>,
    /// A session that made no call for this long is unbound.
    pub session_idle_timeout: Option<Duration>,
    /// How long a lease is waited for; zero: fail at once.
    pub acquire_timeout: Option<Duration>,
    /// From the start of the process to the end of its handshake.
    pub start_timeout: Option<Duration>,
    /// From the polite request to stop to the kill.
    pub grace: Option<Duration>,
    /// Bytes of the instance's whole tree.
    pub memory_limit: u64,
    /// The longest message that is taken from the server, bytes.
    pub max_message: u64,
    /// Whether an instance that outgrows its limit is replaced.
    pub restart_on_memory_leak: bool,
    /// Whether tools, resources and server info are read once for all holders.
    pub shared_memory_cache: bool,
    /// Between two looks at an idle instance; never zero.
    pub health_check_interval: Option<Duration>,
    /// In a row, then quarantine.
    pub max_restarts: u32,
    /// Which era of the protocol the server speaks.
    pub protocol: Protocol,
}

impl PoolSettings {
    /// Fills what `options` leave open with the defaults.
    ///
    /// # Errors
    /// `ERR_CONFIG` if `minInstances` exceeds `maxInstances`, each of which may come from another source.
    pub fn of(options: &PoolOptions) -> Result<Self> {
        Self::default().with(options)
    }

    /// These, with what `options` say otherwise.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn with(&self, options: &PoolOptions) -> Result<Self> {
        let default = self;
        let time = |given: Option<TimeLimit>, or: Option<Duration>| given.map_or(or, TimeLimit::duration);
        let settings = Self {
            min_instances: options.min_instances.unwrap_or(default.min_instances),
            max_instances: options.max_instances.unwrap_or(default.max_instances),
            sharing: options.sharing.unwrap_or(default.sharing),
            max_leases_per_instance: options
                .max_leases_per_instance
                .unwrap_or(default.max_leases_per_instance),
            max_calls_per_instance: options.max_calls_per_instance.unwrap_or(default.max_calls_per_instance),
            idle_timeout: time(options.idle_timeout, default.idle_timeout),
            session_idle_timeout: time(options.session_idle_timeout, default.session_idle_timeout),
            acquire_timeout: time(options.acquire_timeout, default.acquire_timeout),
            start_timeout: time(options.start_timeout, default.start_timeout),
            grace: time(options.grace, default.grace),
            memory_limit: options.memory_limit.unwrap_or(default.memory_limit),
            max_message: options.max_message.unwrap_or(default.max_message),
            restart_on_memory_leak: options.restart_on_memory_leak.unwrap_or(default.restart_on_memory_leak),
            shared_memory_cache: options.shared_memory_cache.unwrap_or(default.shared_memory_cache),
            health_check_interval: time(options.health_check_interval, default.health_check_interval),
            max_restarts: options.max_restarts.unwrap_or(default.max_restarts),
            protocol: options.protocol.unwrap_or(default.protocol),
        };
        settings.checked()
    }

    /// These as weaker defaults under `options`: `minInstances` of the defaults gives way to `maxInstances` of the options.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn under(&self, options: &PoolOptions) -> Result<Self> {
        let max_instances = options.max_instances.unwrap_or(self.max_instances);
        Self { min_instances: self.min_instances.min(max_instances), ..self.clone() }.with(options)
    }

    /// What the kernel kills an instance at, where it can: for what grows faster than anybody looks. `None` without a limit, and where an instance
    /// that outgrows it is to be left alone.
    #[must_use]
    pub fn memory_ceiling(&self) -> Option<MemoryCeiling> {
        let bytes = self.memory_limit.checked_mul(CEILING).filter(|_| self.restart_on_memory_leak)?;
        Some(MemoryCeiling { bytes, required: false })
    }

    fn checked(self) -> Result<Self> {
        if self.min_instances <= self.max_instances {
            return Ok(self);
        }
        let (min, max) = (self.min_instances, self.max_instances);
        let message = format!(
            "minInstances is {min} and must not exceed maxInstances, which is {max}; lower one or raise the other"
        );
        Err(Error::new(ErrorCode::Config, message).detail("minInstances", min).detail("maxInstances", max))
    }
}

/// The defaults of the contract.
impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            min_instances: 0,
            max_instances: 3,
            sharing: Sharing::default(),
            max_leases_per_instance: 16,
            max_calls_per_instance: 16,
            idle_timeout: Some(Duration::from_secs(300)),
            session_idle_timeout: Some(Duration::from_secs(300)),
            acquire_timeout: Some(Duration::from_secs(60)),
            start_timeout: Some(Duration::from_secs(60)),
            grace: Some(Duration::from_secs(5)),
            memory_limit: 512 * BYTES_PER_MB,
            max_message: 64 * BYTES_PER_MB,
            restart_on_memory_leak: true,
            shared_memory_cache: true,
            health_check_interval: Some(Duration::from_secs(30)),
            max_restarts: 3,
            protocol: Protocol::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stronger_source_wins_field_by_field() {
        let code = PoolOptions {
            max_instances: Some(7),
            idle_timeout: Some(TimeLimit::Never),
            ..PoolOptions::default()
        };
        let file = PoolOptions { max_instances: Some(1), min_instances: Some(2), ..PoolOptions::default() };
        let settings = PoolSettings::of(&code.or(&file)).unwrap();
        assert_eq!((settings.min_instances, settings.max_instances), (2, 7));
        assert_eq!(settings.idle_timeout, None);
        assert_eq!(settings.acquire_timeout, PoolSettings::default().acquire_timeout);
    }

    #[test]
    fn a_ceiling_is_behind_a_limit_that_is_kept() {
        let settings = PoolSettings { memory_limit: 100, ..PoolSettings::default() };
        assert_eq!(settings.memory_ceiling(), Some(MemoryCeiling { bytes: 400, required: false }));
        assert_eq!(PoolSettings { memory_limit: u64::MAX, ..settings.clone() }.memory_ceiling(), None);
        assert_eq!(PoolSettings { restart_on_memory_leak: false, ..settings }.memory_ceiling(), None);
    }

    #[test]
    fn defaults_give_way_to_a_smaller_limit_and_options_do_not() {
        let defaults = PoolSettings { min_instances: 2, max_instances: 10, ..PoolSettings::default() };
        let one = PoolOptions { max_instances: Some(1), ..PoolOptions::default() };
        assert_eq!(defaults.under(&one).unwrap().min_instances, 1);
        assert_eq!(defaults.under(&PoolOptions::default()).unwrap(), defaults);
        let contradiction = PoolOptions { min_instances: Some(2), ..one };
        assert!(defaults.under(&contradiction).is_err());
    }

    #[test]
    fn more_at_least_than_at_most_is_refused_whoever_said_so() {
        let options = PoolOptions { min_instances: Some(4), ..PoolOptions::default() };
        let error = PoolSettings::of(&options).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Config);
        assert!(
            error.message().contains("minInstances is 4") && error.message().contains("which is 3"),
            "{error}"
        );
    }
}
