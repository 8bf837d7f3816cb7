//! Whom a cleanup chooses: what is too old and held by nobody, within a scope. Pure.
//!
//! | who | `managed` | `orphans` | `all-node` |
//! |---|---|---|---|
//! | unit over age that nobody holds | stopped | stopped | stopped |
//! | carries our cookie and is below no shim: its guard and shim died | stopped | stopped | stopped |
//! | development process over age whose parent is gone | told | stopped | stopped |
//! | any other node process over age | told | told | stopped |
//! | unit that somebody holds | told | told | told |
//!
//! *Stopped* is what the planner leaves of it; *told*: among the refused, with the scope that would stop it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::default_rules::is_development;
use super::editors;
use super::plan::Choice;
use super::program::{Program, programs};
use crate::model::ProcessInfo;
use crate::process::ProcessTable;

/// What a cleanup may stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// What is this host's own.
    #[default]
    Managed,
    /// Also development processes that outlived those who started them.
    Orphans,
    /// Also every other node process.
    AllNode,
}

/// A unit as a cleanup sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFacts {
    /// As processes of a table are marked.
    pub id: String,
    /// Since its start.
    pub age: Duration,
    /// Who holds it, as the end of a sentence.
    pub held: Option<String>,
}

/// Whom, and who else there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cleanup {
    /// Units to be stopped as a whole, each by one process of it. No rule protects what is this host's own.
    pub units: Vec<Choice>,
    /// Processes for the planner.
    pub choices: Vec<Choice>,
    /// Over age and left alone, with the reason.
    pub told: Vec<Choice>,
}

/// Name of the rule in plans and in the audit log.
pub const RULE: &str = "cleanup";

impl Scope {
    /// Of the word of an option that was checked; what is unknown reaches least.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        [Self::Orphans, Self::AllNode].into_iter().find(|scope| scope.as_str() == word).unwrap_or_default()
    }

    /// As people write it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Orphans => "orphans",
            Self::AllNode => "all-node",
        }
    }
}

/// Chooses. `carriers`: numbers of those who carry a cookie of this host's guards.
#[must_use]
pub fn clean_up(
    table: &ProcessTable,
    units: &[UnitFacts],
    carriers: &HashSet<i32>,
    scope: Scope,
    max_age: Duration,
) -> Cleanup {
    let mut cleanup = Cleanup::default();
    for (process, unit) in old_units(table, units, max_age) {
        match &unit.held {
            Some(held) => cleanup.told.push(choice(process, &format!("is over age, but {held}"))),
            None => {
                let reason = format!("ran for {} s in {}, which nobody holds", unit.age.as_secs(), unit.id);
                cleanup.units.push(choice(process, &reason));
            }
        }
    }
    for process in table {
        if process.is_dead() || table.is_kernel_thread(process.identity.pid) {
            continue;
        }
        match &process.unit {
            Some(_) => {}
            None if carriers.contains(&process.identity.pid) => {
                cleanup
                    .choices
                    .push(choice(process, "was started by this process, and its guard and shim are gone"));
            }
            None => cleanup.foreign(process, age_of(process, table), scope, max_age),
        }
    }
    cleanup
}

impl Cleanup {
    fn foreign(&mut self, process: &ProcessInfo, age: Duration, scope: Scope, max_age: Duration) {
        if age < max_age || editors::is_part_of_editor(process) {
            return;
        }
        let programs = programs(process);
        let (needs, what) = match needed_scope(process, &programs) {
            Some(Scope::Orphans) => (Scope::Orphans, "a development process whose parent is gone"),
            Some(_) => (Scope::AllNode, "a node process"),
            None => return,
        };
        let seconds = age.as_secs();
        if scope >= needs {
            self.choices.push(choice(process, &format!("is {what}, {seconds} s old")));
        } else {
            let reason = format!(
                "is {what}, {seconds} s old, outside the scope '{}'; '{}' would stop it",
                scope.as_str(),
                needs.as_str()
            );
            self.told.push(choice(process, &reason));
        }
    }
}

/// The narrowest scope that a foreign process is in.
fn needed_scope(process: &ProcessInfo, programs: &[Program]) -> Option<Scope> {
    let is_node = programs
        .first()
        .is_some_and(|program| program.names.iter().any(|name| matches!(name.as_str(), "node" | "nodejs")));
    match (process.orphan && is_development(programs), is_node) {
        (true, _) => Some(Scope::Orphans),
        (false, true) => Some(Scope::AllNode),
        (false, false) => None,
    }
}

/// Each unit over age with a process that stands for it: the leader of its session, which the first one is, or the one with the least number.
fn old_units<'a>(
    table: &'a ProcessTable,
    units: &'a [UnitFacts],
    max_age: Duration,
) -> impl Iterator<Item = (&'a ProcessInfo, &'a UnitFacts)> {
    let mut first: HashMap<&str, &ProcessInfo> = HashMap::new();
    for process in table {
        let Some(unit) = &process.unit else { continue };
        let known = first.entry(unit).or_insert(process);
        if process.identity.pid == process.sid && known.identity.pid != known.sid {
            *known = process;
        }
    }
    let old = units.iter().filter(move |unit| unit.age >= max_age);
    old.filter_map(move |unit| Some((*first.get(unit.id.as_str())?, unit)))
}

fn choice(process: &ProcessInfo, reason: &str) -> Choice {
    Choice { process: process.clone(), rule: RULE.to_owned(), reasons: vec![reason.to_owned()] }
}

/// A clock that was set back makes nobody older.
fn age_of(process: &ProcessInfo, table: &ProcessTable) -> Duration {
    Duration::try_from_secs_f64((table.taken_at() - process.started_at) / 1e3).unwrap_or_default()
}

#[cfg(test)]
#[path = "cleanup_choice_tests.rs"]
mod tests;
