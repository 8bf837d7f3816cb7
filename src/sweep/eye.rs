//! One look of a monitor: reads the table, judges it, and plans what follows.
//!
//! Owns what a monitor remembers from look to look. Reads `/proc`, so it must not run on a thread that somebody waits for; signals nobody.

use std::sync::Arc;
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
    pub table: Arc<ProcessTable>,
    /// What protects processes.
    pub surroundings: Surroundings,
}

/// What a monitor remembers.
#[derive(Debug)]
pub struct Eye {
    sampler: Sampler,
    watcher: Watcher,
    opened: Instant,
    /// The last table, whom a look between two whole ones reads anew, and when the last whole one was.
    last: Option<(Arc<ProcessTable>, Vec<i32>, Instant)>,
}

/// So often everybody is read. Who looks more often reads those anew that rules mean, and the dead: reading the whole machine is most of what a
/// look costs.
const WHOLE: Duration = Duration::from_secs(5);

impl Eye {
    /// That judges by these rules what this sampler reads.
    #[must_use]
    pub fn new(rules: Vec<MonitorRule>, sampler: Sampler) -> Self {
        Self { sampler, watcher: Watcher::new(rules), opened: Instant::now(), last: None }
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
        let (mut table, whole) = self.table()?;
        let surroundings = around(&mut table);
        let (report, news) = self.watcher.sample(&table, self.opened.elapsed(), most, Pressure::read());
        let plan = planner::plan_now(&table, news.choices(Action::Stop), &surroundings);
        let table = Arc::new(table);
        self.last = Some((Arc::clone(&table), self.watcher.watched(), whole));
        Ok(Seen { report, news, plan, table, surroundings })
    }

    /// With the moment at which everybody in it was read.
    fn table(&mut self) -> Result<(ProcessTable, Instant)> {
        let now = Instant::now();
        if let Some((table, watched, whole)) = self.last.take()
            && now.duration_since(whole) < WHOLE
            // Somebody still looks at it: then it is not ours to change.
            && let Ok(table) = Arc::try_unwrap(table)
        {
            return Ok((self.sampler.resample(&watched, table)?, whole));
        }
        Ok((self.sampler.sample()?, now))
    }

    /// Whether some limit is exceeded, but not yet for long enough.
    #[must_use]
    pub fn is_rising(&self) -> bool {
        self.watcher.is_rising()
    }
}
