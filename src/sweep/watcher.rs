//! A monitor's judgement from one table to the next: who exceeds what, who is new among zombies and orphans. Pure; acts on nobody.

use std::collections::HashSet;
use std::time::Duration;

use super::excess::excesses;
use super::limit_watch::{Judged, LimitWatch, Sighting};
use super::monitor_report::{Development, Exceeded, Level, MonitorReport};
use super::plan::Choice;
use super::pressure::Pressure;
use super::rule::{Action, MonitorRule};
use super::survey::{Found, Survey};
use crate::model::{ProcessIdentity, ProcessInfo};
use crate::process::ProcessTable;

const BYTES_PER_MB: f64 = 1_048_576.0;

/// What is new since the sample before.
#[derive(Debug, Default)]
pub struct News {
    /// Limits that have been exceeded for long enough since this sample.
    pub exceeded: Vec<Exceeded>,
    /// Zombies that were zombies at the sample before too: a parent needs a moment.
    pub zombies: Vec<ProcessInfo>,
    /// Orphans.
    pub orphans: Vec<ProcessInfo>,
}

impl News {
    /// Whom rules with this action chose.
    #[must_use]
    pub fn choices(&self, action: Action) -> Vec<Choice> {
        self.exceeded.iter().filter(|it| it.action == action.as_str()).map(Exceeded::choice).collect()
    }
}

/// The memory of a monitor.
#[derive(Debug)]
pub struct Watcher {
    rules: Vec<MonitorRule>,
    survey: Survey,
    limits: LimitWatch,
    zombies: HashSet<ProcessIdentity>,
    told_zombies: HashSet<ProcessIdentity>,
    told_orphans: HashSet<ProcessIdentity>,
    /// Numbers of those whom rules mean.
    meant: Vec<i32>,
}

impl Watcher {
    /// That judges by these rules.
    #[must_use]
    pub fn new(rules: Vec<MonitorRule>) -> Self {
        Self {
            rules,
            survey: Survey::default(),
            limits: LimitWatch::default(),
            zombies: HashSet::new(),
            told_zombies: HashSet::new(),
            told_orphans: HashSet::new(),
            meant: Vec::new(),
        }
    }

    /// Numbers of those who matter from look to look: whom rules mean, and the dead.
    #[must_use]
    pub fn watched(&self) -> Vec<i32> {
        self.meant.iter().copied().chain(self.zombies.iter().map(|zombie| zombie.pid)).collect()
    }

    /// Takes a table made at `at` (of a monotonic clock). A pause of more than `most` since the one before proves nothing.
    pub fn sample(
        &mut self,
        table: &ProcessTable,
        at: Duration,
        most: Duration,
        pressure: Pressure,
    ) -> (MonitorReport, News) {
        let found = self.survey.look(table, &self.rules);
        let meant = found.iter().filter(|found| !found.rules.is_empty());
        self.meant = meant.map(|found| found.process.identity.pid).collect();
        let judged = self.limits.sample(at, most, self.sightings(table, &found));
        let orphans: Vec<ProcessInfo> = found
            .iter()
            .filter(|found| found.process.orphan && !found.rules.is_empty())
            .map(|found| found.process.clone())
            .collect();
        let zombies: Vec<ProcessInfo> = table.iter().filter(|process| process.is_dead()).cloned().collect();
        let exceeded: Vec<Exceeded> =
            judged.iter().filter(|it| it.exceeded).filter_map(|it| self.tell(table, it)).collect();
        let news = News {
            exceeded: judged.iter().filter(|it| it.is_new).filter_map(|it| self.tell(table, it)).collect(),
            zombies: self.new_zombies(&zombies),
            orphans: new_among(&mut self.told_orphans, &orphans),
        };
        let report = MonitorReport {
            processes: table.len(),
            managed: table.iter().filter(|process| process.unit.is_some()).count(),
            zombies,
            orphans,
            exceeded,
            level: Level::Ok,
            development: development(&found),
            alerts: Vec::new(),
            pressure,
            taken_at: table.taken_at(),
        };
        (report.concluded(), news)
    }

    /// Whether some limit is exceeded, but not yet for long enough.
    #[must_use]
    pub fn is_rising(&self) -> bool {
        self.limits.is_rising()
    }

    fn sightings(&self, table: &ProcessTable, found: &[Found<'_>]) -> Vec<Sighting> {
        let mut seen = Vec::new();
        for Found { process, rules } in found {
            for &rule in rules {
                let MonitorRule { limits, sustain, .. } = &self.rules[rule];
                let sighting =
                    |excess| Sighting { rule, identity: process.identity.clone(), excess, sustain: *sustain };
                seen.extend(excesses(limits, process, table.taken_at()).into_iter().map(sighting));
            }
        }
        seen
    }

    fn tell(&self, table: &ProcessTable, judged: &Judged) -> Option<Exceeded> {
        let Sighting { rule, identity, excess, .. } = &judged.sighting;
        let rule = &self.rules[*rule];
        Some(Exceeded {
            rule: rule.name.clone(),
            process: table.find(identity)?.clone(),
            measure: excess.measure,
            value: excess.value,
            limit: excess.limit,
            action: rule.action.as_str(),
            for_ms: judged.for_long.as_secs_f64() * 1e3,
        })
    }

    fn new_zombies(&mut self, zombies: &[ProcessInfo]) -> Vec<ProcessInfo> {
        let lasting: Vec<ProcessInfo> =
            zombies.iter().filter(|zombie| self.zombies.contains(&zombie.identity)).cloned().collect();
        self.zombies = zombies.iter().map(|zombie| zombie.identity.clone()).collect();
        new_among(&mut self.told_zombies, &lasting)
    }
}

/// Those not told before; who is gone is forgotten.
fn new_among(told: &mut HashSet<ProcessIdentity>, now: &[ProcessInfo]) -> Vec<ProcessInfo> {
    let new = now.iter().filter(|process| !told.contains(&process.identity)).cloned().collect();
    *told = now.iter().map(|process| process.identity.clone()).collect();
    new
}

#[expect(clippy::cast_precision_loss, reason = "memory as people read it")]
fn development(found: &[Found<'_>]) -> Development {
    let bytes: u64 = found.iter().map(|found| found.process.rss_bytes).sum();
    Development { count: found.len(), memory_mb: bytes as f64 / BYTES_PER_MB }
}

#[cfg(test)]
#[path = "watcher_tests.rs"]
mod tests;
