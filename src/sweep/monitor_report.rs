//! What a monitor says of one sample, in the shape that JavaScript gets. Pure.

use serde::Serialize;

use super::excess::Measure;
use super::plan::Choice;
use super::pressure::Pressure;
use crate::model::ProcessInfo;

/// More development processes than this are told.
pub(super) const MAX_DEVELOPMENT: usize = 100;

/// More memory of all of them together is told, MB.
pub(super) const MAX_DEVELOPMENT_MB: f64 = 8192.0;

/// How a machine fares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing to tell.
    #[default]
    Ok,
    /// Somebody should look at it.
    Warning,
    /// Memory is or will soon be short.
    Critical,
}

/// A process that exceeds a limit for long enough.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exceeded {
    /// The rule's name.
    pub rule: String,
    /// Who.
    pub process: ProcessInfo,
    /// Which limit.
    pub measure: Measure,
    /// What was measured: MB, percent of a core, or milliseconds.
    pub value: f64,
    /// What is allowed.
    pub limit: f64,
    /// What the rule does: `observe`, `stop`, `restart`.
    pub action: &'static str,
    /// For how long, milliseconds.
    pub for_ms: f64,
}

impl Exceeded {
    /// Why its rule chose it, if the rule acts.
    #[must_use]
    pub fn choice(&self) -> Choice {
        let reasons = vec![self.measure.describe(self.value, self.limit)];
        Choice { process: self.process.clone(), rule: self.rule.clone(), reasons }
    }
}

/// A fact about the machine as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// `development-processes`, `development-memory`, `memory-pressure`, `orphans`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// Development processes together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Development {
    /// How many.
    pub count: usize,
    /// Their resident memory, MB. Shared pages count for each.
    #[serde(rename = "memoryMB")]
    pub memory_mb: f64,
}

/// One sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonitorReport {
    /// Processes that can be seen.
    pub processes: usize,
    /// Of those, in units of this host.
    pub managed: usize,
    /// Dead ones that their parents did not reap.
    pub zombies: Vec<ProcessInfo>,
    /// Processes that a rule means and whose parent is gone.
    pub orphans: Vec<ProcessInfo>,
    /// Who exceeds a limit.
    pub exceeded: Vec<Exceeded>,
    /// The worst of it.
    pub level: Level,
    /// Those that fill a developer's machine.
    pub development: Development,
    /// Why the level is what it is, beside `exceeded`.
    pub alerts: Vec<Alert>,
    /// What the kernel says.
    pub pressure: Pressure,
    /// When, milliseconds since the epoch.
    #[serde(rename = "takenAt")]
    pub taken_at: f64,
}

impl MonitorReport {
    /// Draws the conclusions: alerts and level.
    #[must_use]
    pub fn concluded(mut self) -> Self {
        self.alerts = self.alerts();
        let critical =
            self.pressure.is_critical() || self.exceeded.iter().any(|it| it.measure == Measure::Memory);
        self.level = match (critical, self.alerts.is_empty() && self.exceeded.is_empty()) {
            (true, _) => Level::Critical,
            (false, false) => Level::Warning,
            (false, true) => Level::Ok,
        };
        self
    }

    fn alerts(&self) -> Vec<Alert> {
        let Development { count, memory_mb } = self.development;
        let orphans = self.orphans.len();
        let alerts = [
            (count > MAX_DEVELOPMENT).then(|| Alert {
                code: "development-processes",
                message: format!("{count} development processes run (over {MAX_DEVELOPMENT})"),
            }),
            (memory_mb > MAX_DEVELOPMENT_MB).then(|| Alert {
                code: "development-memory",
                message: format!(
                    "development processes use {memory_mb:.0} MB together (over {MAX_DEVELOPMENT_MB:.0} MB)"
                ),
            }),
            self.pressure.is_tense().then(|| Alert {
                code: "memory-pressure",
                message: "processes wait for memory for more than a tenth of the time".to_owned(),
            }),
            (orphans > 0).then(|| Alert {
                code: "orphans",
                message: format!("{orphans} development processes outlived those that started them"),
            }),
        ];
        alerts.into_iter().flatten().collect()
    }
}
