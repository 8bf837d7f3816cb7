//! Scopes over made-up tables.

use super::*;
use crate::sweep::test_processes::{Made, process, table};

const MAX_AGE: Duration = Duration::from_secs(300);

fn node(pid: i32, orphan: bool) -> Made {
    let mut made = process(pid).exe("/usr/bin/node").argv(&["node", "server.js"]);
    made.info().orphan = orphan;
    made
}

fn chosen(scope: Scope, max_age: Duration) -> (Vec<i32>, Vec<i32>) {
    let mut young = node(34, true);
    young.info().started_at = 3.6e6 - 1000.0;
    let mut daemon = process(33).exe("/usr/sbin/cron");
    daemon.info().orphan = true;
    let made = vec![
        node(30, false),
        node(31, true),
        process(32).exe("/usr/bin/vim"),
        daemon,
        young,
        process(35).exe("/bin/sleep"),
    ];
    let cleanup = clean_up(&table(made), &[], &HashSet::from([35]), scope, max_age);
    let pids = |choices: &[Choice]| choices.iter().map(|it| it.process.identity.pid).collect();
    (pids(&cleanup.choices), pids(&cleanup.told))
}

#[test]
fn each_scope_stops_more_and_tells_the_rest() {
    assert_eq!(chosen(Scope::Managed, MAX_AGE), (vec![35], vec![30, 31]));
    assert_eq!(chosen(Scope::Orphans, MAX_AGE), (vec![31, 35], vec![30]));
    assert_eq!(chosen(Scope::AllNode, MAX_AGE), (vec![30, 31, 35], vec![]));
    assert_eq!(chosen(Scope::AllNode, Duration::ZERO), (vec![30, 31, 34, 35], vec![]));
}

#[test]
fn a_unit_is_stopped_as_a_whole_unless_somebody_holds_it() {
    let in_unit = |pid: i32, unit: &str| {
        let mut made = node(pid, false);
        made.info().unit = Some(unit.to_owned());
        made
    };
    let table = table(vec![in_unit(30, "unit-1"), in_unit(31, "unit-2"), in_unit(32, "unit-3")]);
    let facts = |id: &str, seconds: u64, held: Option<&str>| UnitFacts {
        id: id.into(),
        age: Duration::from_secs(seconds),
        held: held.map(str::to_owned),
    };
    let units = [
        facts("unit-1", 301, None),
        facts("unit-2", 301, Some("is an instance of a pool")),
        facts("unit-3", 9, None),
    ];
    let cleanup = clean_up(&table, &units, &HashSet::new(), Scope::AllNode, MAX_AGE);
    assert_eq!(cleanup.units.iter().map(|it| it.process.identity.pid).collect::<Vec<_>>(), [30]);
    assert!(cleanup.choices.is_empty(), "units are stopped by their guards only");
    assert_eq!(cleanup.told[0].reasons, ["is over age, but is an instance of a pool"]);
    let all = clean_up(&table, &units, &HashSet::new(), Scope::Managed, Duration::ZERO);
    assert_eq!(all.units.len(), 2);
}
