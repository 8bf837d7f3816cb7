//! Which rules mean which processes, remembered from one table to the next.
//!
//! Reading a command line costs more than comparing it with the one before, and most processes stay what they are.

use std::collections::HashMap;

use super::default_rules::is_development;
use super::editors;
use super::program::programs;
use super::rule::MonitorRule;
use crate::model::ProcessInfo;
use crate::process::ProcessTable;

/// What is known of one process.
#[derive(Debug)]
struct Known {
    argv: Vec<String>,
    exe: Option<String>,
    rules: Vec<usize>,
    development: bool,
}

/// A process that a rule means, or that belongs to somebody's development.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// Which.
    pub process: &'a ProcessInfo,
    /// Indices of the rules that mean it, ascending.
    pub rules: Vec<usize>,
}

/// The memory of a monitor.
#[derive(Debug, Default)]
pub struct Survey {
    known: HashMap<(i32, String), Known>,
}

impl Survey {
    /// The living processes that a rule means or that are of development, by number.
    pub fn look<'a>(&mut self, table: &'a ProcessTable, rules: &[MonitorRule]) -> Vec<Found<'a>> {
        let mut before = std::mem::take(&mut self.known);
        let mut found = Vec::new();
        for process in table {
            if process.is_dead() || table.is_kernel_thread(process.identity.pid) {
                continue;
            }
            let key = (process.identity.pid, process.identity.start_token.clone());
            let same = |known: &Known| known.argv == process.argv && known.exe == process.exe;
            let known = before.remove(&key).filter(same).unwrap_or_else(|| read(process, rules));
            if known.development || !known.rules.is_empty() {
                found.push(Found { process, rules: known.rules.clone() });
            }
            self.known.insert(key, known);
        }
        found
    }
}

fn read(process: &ProcessInfo, rules: &[MonitorRule]) -> Known {
    let (argv, exe) = (process.argv.clone(), process.exe.clone());
    if editors::is_part_of_editor(process) {
        return Known { argv, exe, rules: Vec::new(), development: false };
    }
    let programs = programs(process);
    let editor = editors::is_editor(&programs);
    let means =
        |rule: &MonitorRule| (!editor || rule.matcher.names_program()) && rule.matcher.matches(&programs);
    let rules = rules.iter().enumerate().filter(|(_, rule)| means(rule)).map(|(index, _)| index).collect();
    Known { argv, exe, rules, development: is_development(&programs) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProcessState;
    use crate::sweep::matcher::Matcher;
    use crate::sweep::rule::{Action, Limits};
    use crate::sweep::test_processes::{Made, process, table};

    fn rule(name: &str, program: Option<&str>, args: &[&str]) -> MonitorRule {
        let matcher = Matcher::new(name, program, args).unwrap();
        let sustain = std::time::Duration::ZERO;
        MonitorRule {
            name: name.into(),
            matcher,
            limits: Limits::default(),
            sustain,
            action: Action::Observe,
        }
    }

    fn meant(made: Vec<Made>, rules: &[MonitorRule]) -> Vec<i32> {
        let table = table(made);
        let found = Survey::default().look(&table, rules);
        found.iter().filter(|found| !found.rules.is_empty()).map(|found| found.process.identity.pid).collect()
    }

    #[test]
    fn editors_are_meant_only_by_name() {
        let vim = process(10).exe("/usr/bin/vim").argv(&["vim", "node-mcp.md"]);
        let server = process(11)
            .exe("/home/a/.vscode-server/bin/1/node")
            .argv(&["/home/a/.vscode-server/bin/1/node", "mcp.js"]);
        let tool = process(12).exe("/usr/bin/node").argv(&["node", "mcp.js"]);
        let everybody = vec![vim, server, tool];
        assert_eq!(meant(everybody.clone(), &[rule("r", None, &["mcp"])]), [12]);
        assert_eq!(meant(everybody.clone(), &[rule("r", Some("node"), &["mcp"])]), [12]);
        assert_eq!(meant(everybody, &[rule("r", Some("vim"), &[])]), [10]);
    }

    #[test]
    fn who_became_another_program_is_looked_at_again() {
        let rules = [rule("r", Some("vitest"), &[])];
        let mut survey = Survey::default();
        let before = table(vec![process(10).exe("/usr/bin/node").argv(&["node", "vitest"])]);
        assert_eq!(survey.look(&before, &rules)[0].rules, [0]);
        let after = table(vec![process(10).exe("/usr/bin/sleep").argv(&["sleep", "9"])]);
        assert!(survey.look(&after, &rules).is_empty());
    }

    #[test]
    fn a_zombie_is_no_target() {
        let mut zombie = process(10).exe("/usr/bin/node").argv(&["node", "vitest"]);
        zombie.info().state = ProcessState::Zombie;
        assert_eq!(meant(vec![zombie], &[rule("r", Some("vitest"), &[])]), Vec::<i32>::new());
    }
}
