//! Proofs of belonging, on tables made up for each.

use super::*;
use crate::process::ProcessTable;

/// pid, parent, group, session; started in the order of the list.
fn table(rows: &[(i32, i32, i32, i32)]) -> ProcessTable {
    let processes = rows.iter().enumerate().map(|(at, row)| process(*row, at as f64)).collect();
    ProcessTable::new(processes, "boot", 0.0)
}

fn process((pid, ppid, pgid, sid): (i32, i32, i32, i32), started_at: f64) -> ProcessInfo {
    let start_token = format!("{started_at}");
    let identity = ProcessIdentity { pid, start_token, boot_id: "boot".to_owned() };
    ProcessInfo { ppid, pgid, sid, started_at, ..ProcessInfo::unread(identity) }
}

fn tree(table: &ProcessTable, root: i32) -> Members {
    let mut members = Members::default();
    members.add(table.get(root).unwrap());
    members
}

fn grown(members: &mut Members, table: &ProcessTable) -> Vec<i32> {
    grown_without(members, table, 0)
}

/// One of them is not admitted.
fn grown_without(members: &mut Members, table: &ProcessTable, declined: i32) -> Vec<i32> {
    let mut found = Vec::new();
    members.grow(&mut table.clone(), &mut |fresh, _| {
        found.extend(fresh.iter().map(|process| process.identity.pid));
        let admit = |process: &&ProcessInfo| match process.identity.pid == declined {
            true => Admission::Declined,
            false => Admission::Member(process.identity.clone()),
        };
        fresh.iter().map(admit).collect()
    });
    found
}

#[test]
fn children_of_children_belong_and_neighbours_do_not() {
    let table = table(&[
        (1, 0, 1, 1),
        (10, 1, 10, 10),
        (20, 10, 10, 10),
        (30, 20, 10, 10),
        (40, 10, 40, 10),
        (50, 40, 40, 10),
    ]);
    assert_eq!(grown(&mut tree(&table, 20), &table), [30]);
    assert_eq!(grown(&mut tree(&table, 40), &table), [50]);
}

#[test]
fn whoever_is_in_a_session_of_a_member_descends_from_it() {
    // 20 made a session; 30 lost its parent in it, and made a group of its own.
    let table = table(&[(1, 0, 1, 1), (10, 1, 10, 10), (20, 10, 20, 20), (30, 1, 30, 20)]);
    assert_eq!(grown(&mut tree(&table, 10), &table), [20, 30]);
}

#[test]
fn orphan_in_a_group_of_a_member_belongs_and_the_other_half_of_a_pipe_does_not() {
    // A shell 10 runs `20 | 40` as one job; 30 lost its parent in it.
    let table = table(&[(1, 0, 1, 1), (10, 1, 10, 10), (20, 10, 20, 10), (30, 1, 20, 10), (40, 10, 20, 10)]);
    assert_eq!(grown(&mut tree(&table, 20), &table), [30]);
}

#[test]
fn who_loses_its_parent_between_two_tables_stays_a_member() {
    let before = table(&[(1, 0, 1, 1), (10, 1, 1, 1), (20, 10, 1, 1), (30, 20, 1, 1)]);
    let mut members = tree(&before, 10);
    assert_eq!(grown(&mut members, &before), [20, 30]);
    let mut rows: Vec<ProcessInfo> =
        before.iter().filter(|process| process.identity.pid != 20).cloned().collect();
    rows[2].ppid = 1;
    rows.push(process((31, 30, 1, 1), 9.0));
    let after = ProcessTable::new(rows, "boot", 0.0);
    assert_eq!(grown(&mut members, &after), [31], "a child that the orphan made since");
}

#[test]
fn stranger_with_the_number_of_a_dead_member_brings_nobody_in() {
    let before = table(&[(1, 0, 1, 1), (10, 1, 1, 1), (20, 10, 20, 20)]);
    let mut members = tree(&before, 10);
    assert_eq!(grown(&mut members, &before), [20]);
    // 20 died; somebody else got its number, made a session and a group of it, and forked.
    let stranger = process((20, 1, 20, 20), 50.0);
    let rows = vec![
        before.get(1).unwrap().clone(),
        stranger,
        process((21, 20, 20, 20), 51.0),
        process((22, 1, 20, 20), 52.0),
    ];
    let after = ProcessTable::new(rows, "boot", 0.0);
    assert_eq!(grown(&mut members, &after), [0; 0]);
}

#[test]
fn session_of_the_caller_is_no_reach() {
    // The target is a plain child in the session and group of its shell.
    let table = table(&[(1, 0, 1, 1), (10, 1, 10, 10), (20, 10, 10, 10), (30, 1, 10, 10)]);
    assert_eq!(grown(&mut tree(&table, 20), &table), [0; 0]);
}

#[test]
fn group_is_its_members_and_no_more() {
    let table = table(&[(1, 0, 1, 1), (20, 1, 20, 10), (30, 20, 20, 10), (40, 20, 40, 10), (50, 1, 20, 10)]);
    let mut members = Members::of_group(table.get(30).unwrap());
    assert_eq!(grown(&mut members, &table), [20, 30, 50]);
}

#[test]
fn whoever_is_left_alone_hides_nobody_but_what_is_below() {
    let table = table(&[(1, 0, 1, 1), (10, 1, 1, 1), (20, 10, 1, 1), (30, 20, 1, 1), (40, 10, 1, 1)]);
    assert_eq!(grown_without(&mut tree(&table, 10), &table, 20), [20, 40]);
}

#[test]
fn who_is_gone_is_offered_once_a_look_and_again_in_the_next() {
    let table = table(&[(1, 0, 1, 1), (10, 1, 1, 1), (20, 10, 1, 1)]);
    let mut members = tree(&table, 10);
    let mut offers = 0;
    for _ in 0..2 {
        members.grow(&mut table.clone(), &mut |fresh, _| {
            offers += fresh.len();
            fresh.iter().map(|_| Admission::Gone).collect()
        });
    }
    assert_eq!(offers, 2);
    assert_eq!(grown(&mut members, &table), [20]);
}

#[test]
fn table_learns_who_somebody_is_when_he_is_admitted() {
    let mut looked = table(&[(1, 0, 1, 1), (10, 1, 1, 1), (20, 10, 1, 1), (30, 20, 1, 1)]);
    let mut members = tree(&looked, 10);
    let held = |process: &&ProcessInfo| {
        let start_token = format!("held {}", process.identity.pid);
        Admission::Member(ProcessIdentity { start_token, ..process.identity.clone() })
    };
    members.grow(&mut looked, &mut |fresh, _| fresh.iter().map(held).collect());
    assert_eq!(looked.get(30).unwrap().identity.start_token, "held 30", "found below 20 by its new name");
    assert!(members.contains(&looked.get(20).unwrap().identity));
}
