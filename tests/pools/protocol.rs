//! What a server says and asks, and what its process has one of, as the holders of leases see it.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::time::Instant;

use procman::engine::{AcquireWait, Acquired, Target};
use serde_json::{Value, json};

use crate::host::{Heard, Host, PATIENCE, example};

const URI: &str = r#"{"uri":"test://a"}"#;

fn pool(host: &Host, mode: &str, options: Value) -> u64 {
    host.pool_of(json!({ "command": example("modern_server"), "args": [mode] }), options)
}

fn asked(host: &Host, lease: u64, method: &str) -> Value {
    let counts: Value =
        serde_json::from_str(&host.answer(Target::Lease(lease), None, "asked", "{}").unwrap()).unwrap();
    counts[method].clone()
}

fn said(host: &Host) -> (Vec<u64>, Value) {
    match host.letter() {
        Heard::Notification(leases, said) => (leases, said["method"].clone()),
        other => panic!("{other:?} instead of a notification"),
    }
}

#[test]
fn subscriptions_are_counted_by_lease_and_updates_reach_those_who_have_one() {
    let host = Host::new();
    let pool = pool(&host, "legacy", json!({ "maxInstances": 1 }));
    let (one, two, three) = (host.lease(pool, None), host.lease(pool, None), host.lease(pool, None));
    for lease in [one, two] {
        host.request(lease, "resources/subscribe", URI).unwrap();
    }
    host.answer(Target::Lease(three), None, "update", URI).unwrap();
    assert_eq!(said(&host), (vec![one, two], json!("notifications/resources/updated")));
    host.answer(Target::Lease(three), None, "change", "{}").unwrap();
    assert_eq!(said(&host), (vec![one, two, three], json!("notifications/tools/list_changed")));
    host.engine.release(one);
    assert_eq!(asked(&host, three, "resources/unsubscribe"), Value::Null);
    host.engine.release(two);
    assert_eq!(asked(&host, three, "resources/unsubscribe"), json!(1));
    assert_eq!(asked(&host, three, "resources/subscribe"), json!(1));
}

#[test]
fn a_list_is_read_once_for_all_leases_unless_the_pool_shares_nothing() {
    let host = Host::new();
    for (shared, reads) in [(true, 2), (false, 2 + 1)] {
        let pool = pool(&host, "legacy", json!({ "maxInstances": 1, "sharedMemoryCache": shared }));
        for _ in 0..3 {
            host.request(host.lease(pool, None), "tools/list", "").unwrap();
        }
        assert_eq!(asked(&host, host.lease(pool, None), "tools/list"), json!(reads), "shared: {shared}");
    }
}

#[test]
fn a_question_goes_to_the_lease_that_said_it_would_answer_and_its_answer_back() {
    let host = Host::new();
    let pool = pool(&host, "legacy", json!({}));
    // 1: handlers, 2: sampling.
    let lease = match host.acquire_with(pool, None, AcquireWait::Default, 5, 1 | 2).unwrap() {
        Acquired::Ready(lease) => lease,
        _ => host.granted(5),
    };
    assert_eq!(host.answer(Target::Lease(lease), None, "declared", "{}").unwrap(), r#"{"sampling":{}}"#);
    let ask = |lease, method: &str| {
        let arguments = json!({ "method": method, "params": { "n": 1 } }).to_string();
        host.call(Target::Lease(lease), None, "question", &arguments)
    };
    let call = ask(lease, "sampling/createMessage");
    let Heard::Question(to, number, question) = host.letter() else { panic!("no question") };
    assert_eq!((to, question), (lease, json!({ "method": "sampling/createMessage", "params": { "n": 1 } })));
    assert!(host.engine.answer_question(lease, number, true, r#"{"role":"user"}"#));
    assert_eq!(call.recv_timeout(crate::host::PATIENCE).unwrap().unwrap(), r#"{"role":"user"}"#);
    assert!(!host.engine.answer_question(lease, number, true, "{}"));
    let _unanswered = ask(lease, "sampling/createMessage");
    let Heard::Question(_, number, _) = host.letter() else { panic!("no question") };
    host.answer(Target::Lease(lease), None, "take-back", "{}").unwrap();
    let Heard::Withdrawn(from, taken_back) = host.letter() else { panic!("not withdrawn") };
    assert_eq!((from, taken_back), (lease, number));
    // The control: a lease without handlers shares a process that was told of nothing.
    let other = host.lease(pool, None);
    let refused = ask(other, "sampling/createMessage").recv_timeout(crate::host::PATIENCE).unwrap().unwrap();
    assert!(refused.contains("-32601"), "{refused}");
    host.no_letter();
}

/// The list was dropped for all, and all but one instance's holders went on with what they had read of it.
#[test]
fn a_changed_list_is_told_to_the_leases_of_every_instance_that_shares_it() {
    let host = Host::new();
    for shared in [true, false] {
        let options = json!({ "maxLeasesPerInstance": 2, "sharedMemoryCache": shared });
        let pool = pool(&host, "legacy", options);
        let leases: Vec<u64> = (0..4).map(|_| host.lease(pool, None)).collect();
        assert_ne!(host.instance_of(leases[0]), host.instance_of(leases[2]));
        host.answer(Target::Lease(leases[0]), None, "change", "{}").unwrap();
        let told = if shared { leases.clone() } else { leases[..2].to_vec() };
        assert_eq!(said(&host), (told, json!("notifications/tools/list_changed")), "shared: {shared}");
        // The control: what is no list's is told to those of the instance that said it.
        host.answer(Target::Lease(leases[0]), None, "log", r#"{"level":"info","data":1}"#).unwrap();
        assert_eq!(said(&host), (leases[..2].to_vec(), json!("notifications/message")));
    }
}

/// A lease that waited for something to happen, and therefore made no call, never heard of it again.
#[test]
fn a_lease_that_makes_no_call_hears_of_its_resources_from_the_next_instance() {
    let host = Host::new();
    let pool = pool(&host, "legacy", json!({ "maxInstances": 1 }));
    let (silent, other) = (host.lease(pool, None), host.lease(pool, None));
    host.request(silent, "resources/subscribe", URI).unwrap();
    let update = || {
        host.answer(Target::Lease(other), None, "update", URI).unwrap();
        assert_eq!(said(&host), (vec![silent], json!("notifications/resources/updated")));
    };
    update();
    host.event("server-created");
    assert!(host.engine.replace_instance(pool, &host.instance_of(silent), "manual"));
    host.event("server-restarted");
    assert_eq!(
        (host.notice().1["event"].clone(), host.notice().1["event"].clone()),
        (json!("retiring"), json!("retiring"))
    );
    update();
    host.answer(Target::Lease(other), None, "exit", "{}").unwrap();
    host.event("server-exited");
    assert_eq!(
        (host.notice().1["event"].clone(), host.notice().1["event"].clone()),
        (json!("lost"), json!("lost"))
    );
    // Nobody but the other one calls; each answer is a round trip to the new instance.
    let begin = Instant::now();
    while asked(&host, other, "resources/subscribe") != json!(1) {
        assert!(begin.elapsed() < PATIENCE, "the new instance is not asked to watch");
    }
    update();
}

#[test]
fn a_lease_takes_its_subscriptions_along_to_a_replacement() {
    let host = Host::new();
    let pool = pool(&host, "legacy", json!({ "maxInstances": 1 }));
    let lease = host.lease(pool, None);
    host.request(lease, "resources/subscribe", URI).unwrap();
    host.answer(Target::Lease(lease), None, "exit", "{}").unwrap();
    assert_eq!(host.notice().1["event"], "lost");
    // The next call meets a new process, and asks it to watch what the lease had.
    host.answer(Target::Lease(lease), None, "echo", "{}").unwrap();
    assert_eq!(asked(&host, lease, "resources/subscribe"), json!(1));
    host.answer(Target::Lease(lease), None, "update", URI).unwrap();
    assert_eq!(said(&host), (vec![lease], json!("notifications/resources/updated")));
}
