//! One look of a monitor: reads the table, judges it, and plans what follows.
//!
//! Owns what a monitor remembers from look to look. Reads `/proc`, so it must not run on a thread that somebody waits for; signals nobody.

use std::time::{Duration, Instant};

use super::monitor_report::MonitorReport;
use super::plan::KillPlan;
use super::planner;
use super::pressure::Pressure;
use super::rule::{Action, MonitorRule};
use super::watcher::{News, Watcher};
use crate::model::Result;
use crate::process::{ProcessTable, Sampler, Surroundings};

/// What one look saw, and what is to be done about it.
#[derive(Debug)]
pub struct Seen {
    /// For those who listen.
    pub report: MonitorReport,
    /// What is new.
    pub news: News,
    /// Whom rules want stopped, as far as nothing protects them.
    pub plan: KillPlan,
    /// The processes of the same moment.
    pub table: ProcessTable,
    /// What protects processes.
    pub surroundings: Surroundings,
}

/// What a monitor remembers.
#[derive(Debug)]
pub struct Eye {
    sampler: Sampler,
    watcher: Watcher,
    opened: Instant,
}

impl Eye {
    /// That judges by these rules what this sampler reads.
    #[must_use]
    pub fn new(rules: Vec<MonitorRule>, sampler: Sampler) -> Self {
        Self { sampler, watcher: Watcher::new(rules), opened: Instant::now() }
    }

    /// Looks. `most`: after a longer pause since the look before nobody knows what was between. `around` says what protects processes.
    ///
    /// # Errors
    /// `ERR_NATIVE` when the processes cannot be read.
    pub fn look(
        &mut self,
        most: Duration,
        around: impl FnOnce(&mut ProcessTable) -> Surroundings,
    ) -> Result<Seen> {
        let mut table = self.sampler.sample()?;
        let surroundings = around(&mut table);
        let (report, news) = self.watcher.sample(&table, self.opened.elapsed(), most, Pressure::read());
        let plan = planner::plan_now(&table, news.choices(Action::Stop), &surroundings);
        Ok(Seen { report, news, plan, table, surroundings })
    }

    /// Whether some limit is exceeded, but not yet for long enough.
    #[must_use]
    pub fn is_rising(&self) -> bool {
        self.watcher.is_rising()
    }
}
