//! From choices to a plan: one pure function, the same for a dry run and for the real one.
//!
//! Whoever is protected is refused with the reason, whatever chose it. The order of choices makes no difference to who is a target.

use std::collections::BTreeMap;

use super::excess::excesses;
use super::plan::{Choice, KillPlan, timestamp};
use super::rule::MonitorRule;
use super::survey::Survey;
use crate::model::ProcessInfo;
use crate::process::{ProcessTable, Surroundings, is_kept_pid};

/// Whom these rules choose by one table: everybody that a rule without limits means, and who exceeds a limit of the others.
#[must_use]
pub fn choose(table: &ProcessTable, rules: &[MonitorRule]) -> Vec<Choice> {
    let mut choices = Vec::new();
    for found in Survey::default().look(table, rules) {
        for rule in found.rules.iter().map(|&index| &rules[index]) {
            let reasons: Vec<String> = if rule.limits.is_empty() {
                vec![format!("matches the rule '{}'", rule.name)]
            } else {
                let over = excesses(&rule.limits, found.process, table.taken_at());
                over.iter().map(super::excess::Excess::describe).collect()
            };
            if !reasons.is_empty() {
                choices.push(Choice { process: found.process.clone(), rule: rule.name.clone(), reasons });
            }
        }
    }
    choices
}

/// The plan for choices, with the marks of the processes read now: not for a thread that somebody waits for.
#[must_use]
pub fn plan_now(table: &ProcessTable, choices: Vec<Choice>, surroundings: &Surroundings) -> KillPlan {
    plan(table, choices, surroundings, &|process| is_kept_pid(process.identity.pid))
}

/// Divides choices into targets and refused ones. `kept`: whether somebody marked the process to be left alone.
#[must_use]
pub fn plan(
    table: &ProcessTable,
    choices: Vec<Choice>,
    surroundings: &Surroundings,
    kept: &dyn Fn(&ProcessInfo) -> bool,
) -> KillPlan {
    let mut plan = KillPlan {
        created_at: timestamp(table.taken_at()),
        boot_id: table.boot_id().to_owned(),
        targets: Vec::new(),
        refused: Vec::new(),
    };
    for choice in one_for_each(table, choices) {
        match refusal(&choice.process, table, surroundings, kept) {
            Some(reason) => plan.refused.push(Choice { reasons: vec![reason], ..choice }),
            None => plan.targets.push(choice),
        }
    }
    plan
}

/// Why a process is left alone, if it is.
fn refusal(
    process: &ProcessInfo,
    table: &ProcessTable,
    surroundings: &Surroundings,
    kept: &dyn Fn(&ProcessInfo) -> bool,
) -> Option<String> {
    if process.is_dead() {
        let parent = process.ppid;
        return Some(format!("is dead already; only its parent, pid {parent}, can take it away"));
    }
    surroundings.protects(process, table, kept(process)).map(|rule| rule.to_string())
}

/// One choice for each process that is still who it was, by number, with every rule's reasons.
fn one_for_each(table: &ProcessTable, mut choices: Vec<Choice>) -> Vec<Choice> {
    choices.sort_by(|a, b| (&a.rule, &a.reasons).cmp(&(&b.rule, &b.reasons)));
    let mut chosen: BTreeMap<i32, Choice> = BTreeMap::new();
    for choice in choices {
        let Some(process) = table.find(&choice.process.identity) else { continue };
        let known = chosen.entry(process.identity.pid).or_insert_with(|| Choice {
            process: process.clone(),
            rule: choice.rule.clone(),
            reasons: Vec::new(),
        });
        let new =
            choice.reasons.into_iter().filter(|reason| !known.reasons.contains(reason)).collect::<Vec<_>>();
        known.reasons.extend(new);
    }
    chosen.into_values().collect()
}

#[cfg(test)]
#[path = "planner_tests.rs"]
mod tests;
