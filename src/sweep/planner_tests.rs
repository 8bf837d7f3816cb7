//! The planner over hand-made and generated tables: whoever is protected is never a target.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::ProcessIdentity;
use crate::model::ProcessState;
use crate::sweep::matcher::Matcher;
use crate::sweep::rule::{Action, Limits};
use crate::sweep::test_processes::{Made, OWN_UID, process, table};

const OWN: i32 = 20;

fn rule(name: &str, program: &str, limits: Limits) -> MonitorRule {
    let matcher = Matcher::new(name, Some(program), &[]).unwrap();
    MonitorRule { name: name.into(), matcher, limits, sustain: Duration::ZERO, action: Action::Stop }
}

fn vitest(pid: i32) -> Made {
    process(pid).exe("/usr/bin/node").argv(&["node", "/p/node_modules/.bin/vitest"])
}

fn planned(made: Vec<Made>, rules: &[MonitorRule]) -> KillPlan {
    let table = table(made);
    let surroundings = Surroundings::new(&table, OWN, OWN_UID);
    plan(&table, choose(&table, rules), &surroundings, &|_| false)
}

fn pids(choices: &[Choice]) -> Vec<i32> {
    choices.iter().map(|choice| choice.process.identity.pid).collect()
}

/// A shell that matches, this process below it, a stranger's and a bystander.
fn around() -> Vec<Made> {
    let mut shell = vitest(10);
    shell.info().ppid = 1;
    let mut own = vitest(OWN);
    own.info().ppid = 10;
    let mut strangers = vitest(40);
    strangers.info().uid = 7;
    vec![shell, own, vitest(30), strangers, process(50).exe("/usr/bin/vim").argv(&["vim", "vitest.md"])]
}

#[test]
fn a_matching_ancestor_and_oneself_are_refused_with_the_reason() {
    let plan = planned(around(), &[rule("vitest", "vitest", Limits::default())]);
    assert_eq!(pids(&plan.targets), [30]);
    assert_eq!(plan.targets[0].reasons, ["matches the rule 'vitest'"]);
    assert_eq!(pids(&plan.refused), [10, OWN, 40]);
    assert!(plan.refused[0].reasons[0].contains("above this process"), "{:?}", plan.refused[0]);
}

#[test]
fn a_rule_with_limits_chooses_only_who_exceeds_them() {
    let mut large = vitest(30);
    large.info().rss_bytes = 2 << 20;
    let limits = Limits { memory: Some(1 << 20), ..Limits::default() };
    let plan = planned(vec![large, vitest(31)], &[rule("vitest", "vitest", limits)]);
    assert_eq!(pids(&plan.targets), [30]);
    assert_eq!(plan.targets[0].reasons, ["uses 2 MB of memory, over 1 MB"]);
}

#[test]
fn a_process_that_two_rules_choose_is_one_target_with_both_reasons() {
    let old = Limits { age: Some(Duration::ZERO), ..Limits::default() };
    let rules = [rule("vitest", "vitest", Limits::default()), rule("old node", "node", old)];
    let plan = planned(vec![vitest(30)], &rules);
    assert_eq!(plan.targets.len(), 1);
    assert_eq!(plan.targets[0].reasons.len(), 2);
}

#[test]
fn a_zombie_is_refused_and_its_parent_named() {
    let table = table(vec![{
        let mut zombie = vitest(30);
        zombie.info().state = ProcessState::Zombie;
        zombie.info().ppid = 77;
        zombie
    }]);
    let choice = Choice { process: table.get(30).unwrap().clone(), rule: "r".into(), reasons: vec![] };
    let plan = plan(&table, vec![choice], &Surroundings::new(&table, OWN, OWN_UID), &|_| false);
    assert!(plan.refused[0].reasons[0].contains("pid 77"));
}

#[test]
fn who_is_another_process_by_now_is_no_target() {
    let table = table(vec![vitest(30)]);
    let mut other = table.get(30).unwrap().clone();
    other.identity.start_token = "another".into();
    let choice = Choice { process: other, rule: "r".into(), reasons: vec![] };
    let plan = plan(&table, vec![choice], &Surroundings::new(&table, OWN, OWN_UID), &|_| false);
    assert_eq!((plan.targets.len(), plan.refused.len()), (0, 0));
}

/// Numbers from a small range make rings, missing parents and processes that are their own parents likely.
fn any_process() -> impl Strategy<Value = ProcessInfo> {
    let tree = (1..24_i32, 0..26_i32, 0..3_u8);
    let clock = prop_oneof![Just(0.0), Just(3.6e6), -1e9..1e9];
    (tree, clock, 0..3_u32, 0..8_u8, prop::option::of(6..9_u64)).prop_map(
        |((pid, ppid, sid), started, uid, kind, namespace)| {
            let mut made = if kind == 0 { process(pid) } else { vitest(pid) };
            let info = made.info();
            info.identity = ProcessIdentity { start_token: format!("{pid}-{kind}"), ..info.identity.clone() };
            (info.ppid, info.sid, info.started_at) = (ppid, i32::from(sid), started);
            info.uid = if uid == 0 { 7 } else { OWN_UID };
            info.pid_namespace = namespace;
            info.rss_bytes = u64::from(kind) << 20;
            if kind == 7 {
                info.state = ProcessState::Zombie;
            }
            made.build()
        },
    )
}

fn any_rules() -> impl Strategy<Value = Vec<MonitorRule>> {
    let limits = prop_oneof![
        Just(Limits::default()),
        Just(Limits { memory: Some(3 << 20), ..Limits::default() }),
        Just(Limits { age: Some(Duration::from_secs(60)), ..Limits::default() }),
    ];
    let rule = (prop_oneof![Just("vitest"), Just("node")], limits)
        .prop_map(|(program, limits)| rule(program, program, limits));
    prop::collection::vec(rule, 1..4)
}

/// Everybody above a process by the parents' numbers alone, whatever the clocks say.
fn above(table: &ProcessTable, pid: i32) -> HashSet<i32> {
    let mut found = HashSet::new();
    let mut at = table.get(pid).map_or(0, |process| process.ppid);
    while at > 0 && found.insert(at) {
        at = table.get(at).map_or(0, |process| process.ppid);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_protected_process_is_ever_a_target(
        processes in prop::collection::vec(any_process(), 0..40),
        rules in any_rules(),
        kept in prop::collection::hash_set(1..24_i32, 0..4),
    ) {
        let table = ProcessTable::new(processes, "boot", 3.6e6);
        let surroundings = Surroundings::new(&table, OWN, OWN_UID);
        let is_kept = |process: &ProcessInfo| kept.contains(&process.identity.pid);
        let choices = choose(&table, &rules);
        let made = plan(&table, choices.clone(), &surroundings, &is_kept);
        for target in &made.targets {
            let (process, pid) = (&target.process, target.process.identity.pid);
            prop_assert!(pid > 1 && pid != OWN, "{pid}");
            prop_assert!(!surroundings.ancestors.contains(&pid), "an ancestor: {pid}");
            prop_assert!(process.uid == OWN_UID && !kept.contains(&pid) && !table.is_kernel_thread(pid));
            prop_assert!(process.state != ProcessState::Zombie);
            prop_assert!(!target.reasons.is_empty(), "chosen without a reason");
        }
        // Who was chosen is either, never both, never lost, once.
        let mut told = [pids(&made.targets), pids(&made.refused)].concat();
        told.sort_unstable();
        let chosen: HashSet<i32> = choices.iter().map(|choice| choice.process.identity.pid).collect();
        let mut chosen: Vec<i32> = chosen.into_iter().collect();
        chosen.sort_unstable();
        prop_assert_eq!(told, chosen);
        // Planning again from its own targets changes nothing.
        let again = plan(&table, made.targets.clone(), &surroundings, &is_kept);
        prop_assert_eq!(&again.targets, &made.targets);
        prop_assert!(again.refused.is_empty());
        // The order of choices makes no difference.
        let backwards = plan(&table, choices.into_iter().rev().collect(), &surroundings, &is_kept);
        prop_assert_eq!(backwards, made);
    }

    /// In tables whose clocks are sane: nobody above this process, by any chain of parents, is a target.
    #[test]
    fn nobody_above_this_process_is_ever_a_target(mut processes in prop::collection::vec(any_process(), 0..40), rules in any_rules()) {
        processes.iter_mut().for_each(|process| process.started_at = 0.0);
        let table = ProcessTable::new(processes, "boot", 3.6e6);
        let surroundings = Surroundings::new(&table, OWN, OWN_UID);
        let made = plan(&table, choose(&table, &rules), &surroundings, &|_| false);
        let above = above(&table, OWN);
        prop_assert!(pids(&made.targets).iter().all(|pid| !above.contains(pid)));
    }
}
