//! What a monitor is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{Error, ErrorCode, Result};
use crate::sweep::{MonitorRule, default_rules};

/// Between two samples while a limit is exceeded and it is not yet sure for how long. A rate over less is noise.
const FASTEST: Duration = Duration::from_millis(250);

/// The same at most.
const SLOWEST: Duration = Duration::from_secs(1);

/// Rules and what becomes of what they find.
#[derive(Debug, Clone)]
pub struct MonitorOptions {
    /// By which it judges.
    pub rules: Vec<MonitorRule>,
    /// Between two samples; `None`: none is made unasked.
    pub interval: Option<Duration>,
    /// Nothing is done.
    pub dry_run: bool,
    /// Where its lines go instead of the audit log.
    pub log_file: Option<PathBuf>,
}

/// As `lib/api/monitor/monitor-options.js` writes it: Infinity is left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(borrow)]
    rules: Option<&'a RawValue>,
    interval_ms: Option<f64>,
    dry_run: bool,
    log_file: Option<PathBuf>,
    #[serde(rename = "maxMemoryMB")]
    max_memory_mb: Option<f64>,
    max_cpu_percent: Option<f64>,
}

impl MonitorOptions {
    /// Reads it.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for what is wrong with a rule.
    pub fn from_json(json: &str) -> Result<Self> {
        let written: Written<'_> = serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorCode::InvalidArgument, format!("options of a monitor: {error}"))
        })?;
        let rules = match written.rules {
            Some(rules) => MonitorRule::list(rules.get())?,
            None => default_rules(written.max_memory_mb, written.max_cpu_percent)?,
        };
        Ok(Self {
            rules,
            interval: written.interval_ms.and_then(|ms| Duration::try_from_secs_f64(ms / 1e3).ok()),
            dry_run: written.dry_run,
            log_file: written.log_file,
        })
    }

    /// Between two samples that are to prove that a limit is exceeded for long enough.
    pub(super) fn step(&self) -> Duration {
        let shortest = self.rules.iter().map(|rule| rule.sustain).filter(|sustain| !sustain.is_zero()).min();
        shortest.map_or(FASTEST, |sustain| (sustain / 4).clamp(FASTEST, SLOWEST))
    }

    /// For how long the most patient rule wants to see a limit exceeded.
    pub(super) fn patience(&self) -> Duration {
        self.rules
            .iter()
            .filter(|rule| rule.limits.must_hold())
            .map(|rule| rule.sustain)
            .max()
            .unwrap_or_default()
    }

    /// Whether one sample cannot tell what a rule wants to know: rates need two.
    pub(super) fn needs_rates(&self) -> bool {
        self.rules.iter().any(|rule| rule.limits.cpu_percent.is_some())
    }
}
