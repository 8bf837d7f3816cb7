//! The tree of generated tables: rings, missing parents, numbers given twice, clocks that jumped.

use proptest::prelude::*;

use super::*;
use crate::model::ProcessState;

fn process(pid: i32, ppid: i32, started_at: f64) -> ProcessInfo {
    let identity =
        ProcessIdentity { pid, start_token: format!("{pid}-{started_at}"), boot_id: "boot".to_owned() };
    ProcessInfo { ppid, started_at, state: ProcessState::Sleeping, ..ProcessInfo::unread(identity) }
}

fn table(processes: Vec<ProcessInfo>) -> ProcessTable {
    ProcessTable::new(processes, "boot", 0.0)
}

fn pids(processes: &[&ProcessInfo]) -> Vec<i32> {
    processes.iter().map(|process| process.identity.pid).collect()
}

#[test]
fn descendants_come_parents_first() {
    let table = table(vec![
        process(40, 30, 4.0),
        process(10, 1, 1.0),
        process(30, 10, 3.0),
        process(20, 10, 2.0),
        process(99, 1, 1.0),
    ]);
    assert_eq!(pids(&table.descendants(10)), [20, 30, 40]);
    assert_eq!(table.ancestors(40), [30, 10, 1]);
    assert_eq!(table.get(1), None, "its number is known, itself is not");
}

/// While the table was read the parent died and its number was given on.
#[test]
fn stranger_with_the_number_of_a_dead_parent_is_no_parent() {
    let table = table(vec![process(10, 1, 9.0), process(20, 10, 2.0)]);
    assert_eq!(pids(&table.descendants(10)), [0; 0]);
    assert_eq!(table.ancestors(20), [0; 0]);
}

#[test]
fn two_processes_that_started_in_one_instant_can_be_parent_and_child() {
    let table = table(vec![process(10, 1, 2.0), process(20, 10, 2.0)]);
    assert_eq!(pids(&table.descendants(10)), [20]);
}

#[test]
fn threads_of_the_kernel_are_told_apart() {
    let named = ProcessInfo { argv: vec!["x".to_owned()], ..process(7, 2, 0.0) };
    let table = table(vec![process(2, 0, 0.0), process(5, 2, 0.0), process(6, 1, 0.0), named]);
    assert_eq!([2, 5, 6, 7].map(|pid| table.is_kernel_thread(pid)), [true, true, false, false]);
}

#[test]
fn another_process_with_the_number_is_not_found() {
    let table = table(vec![process(10, 1, 2.0)]);
    assert!(table.find(&process(10, 1, 2.0).identity).is_some());
    assert!(table.find(&process(10, 1, 3.0).identity).is_none());
}

fn any_processes() -> impl Strategy<Value = Vec<ProcessInfo>> {
    // Few numbers and few times: rings, doubles and ties are the rule.
    let one = (1..30_i32, 0..30_i32, 0..4_u8).prop_map(|(pid, ppid, at)| process(pid, ppid, f64::from(at)));
    prop::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn a_walk_ends_and_visits_everybody_once(processes in any_processes(), root in 0..30_i32) {
        let table = table(processes);
        let below = pids(&table.descendants(root));
        let unique: HashSet<i32> = below.iter().copied().collect();
        prop_assert_eq!(unique.len(), below.len());
        prop_assert!(!unique.contains(&root));
        for pid in &below {
            let parent = table.get(*pid).unwrap().ppid;
            prop_assert!(parent == root || unique.contains(&parent));
        }
        let above = table.ancestors(root);
        prop_assert_eq!(above.iter().collect::<HashSet<_>>().len(), above.len());
        prop_assert!(!above.contains(&root) && !above.contains(&0));
    }

    #[test]
    fn who_is_below_is_found_above(processes in any_processes(), root in 1..30_i32) {
        let table = table(processes);
        for process in table.descendants(root) {
            let above = table.ancestors(process.identity.pid);
            // A ring of equal start times through the root itself has no top.
            prop_assert!(above.contains(&root), "{above:?}");
        }
    }

    #[test]
    fn order_of_reading_does_not_matter(mut processes in any_processes(), root in 0..30_i32) {
        processes.sort_by_key(|process| process.identity.pid);
        processes.dedup_by_key(|process| process.identity.pid);
        let forward = table(processes.clone());
        processes.reverse();
        let backward = table(processes);
        prop_assert_eq!(pids(&forward.descendants(root)), pids(&backward.descendants(root)));
    }
}

#[test]
fn those_who_are_read_anew_are_as_they_are_now_and_the_others_as_they_were() {
    let before =
        table(vec![process(10, 1, 1.0), process(20, 10, 2.0), process(30, 10, 3.0), process(40, 1, 4.0)]);
    let orphan = ProcessInfo { ppid: 1, ..process(20, 10, 2.0) };
    let another = process(30, 1, 9.0);
    let now = before.with_fresh(&[20, 30, 40], vec![orphan, another], 7.0);
    assert_eq!(now.iter().map(|process| process.identity.pid).collect::<Vec<_>>(), [10, 20, 30]);
    assert!(now.get(20).unwrap().orphan, "it lost its parent");
    assert!(!now.get(30).unwrap().orphan, "another process of that number");
    assert_eq!((pids(&now.descendants(10)), now.taken_at()), (vec![], 7.0));
}
