//! Instances that use too much memory are replaced before they are stopped, and nobody's call fails.

use std::collections::VecDeque;
use std::time::Instant;

use procman::engine::Target;
use procman::guard::can_limit_memory;
use procman::model::ErrorCode;
use serde_json::{Value, json};

use crate::host::{Host, PATIENCE, example, is_alive};

/// As `npx` runs a server: below a shell that waits for it.
fn wrapped(step: &str) -> Value {
    json!({ "command": "sh", "args": ["-c", "\"$0\" $1; :", example("growing_server"), step] })
}

#[test]
fn wrapped_instance_over_its_limit_is_replaced_during_calls_and_none_fails() {
    let host = Host::new();
    let pool = host.pool_of(wrapped(""), json!({ "maxInstances": 1, "memoryLimitMB": 64 }));
    let lease = host.lease(pool, None);
    let (old, pid) = (host.instance_of(lease), host.pid_of(lease));
    host.answer(Target::Pool(pool), None, "grow", r#"{"mb":90}"#).unwrap();
    let slow = host.call(Target::Lease(lease), None, "sleep", r#"{"ms":8000}"#);
    let limit = host.event("memory-limit");
    assert_eq!((&limit["instanceId"], &limit["limitMB"]), (&json!(old), &json!(64.0)));
    // The server's process is a grandchild: the wrapper alone uses next to nothing.
    assert!((64.0..140.0).contains(&limit["memoryMB"].as_f64().unwrap()), "{limit}");
    let restarted = host.event("server-restarted");
    assert_eq!((&restarted["oldInstanceId"], &restarted["cause"]), (&json!(old), &json!("memory")));
    assert_ne!(host.pid_of(lease), pid, "new calls move at once");
    assert!(is_alive(&pid), "the old one is drained first");
    assert_eq!(slow.recv_timeout(PATIENCE).unwrap().unwrap(), "slept");
    assert_eq!(host.event("server-retired")["cause"], "memory");
    assert!(!is_alive(&pid));
    assert!(host.stats(pool)["totalMemoryMB"].as_f64().unwrap() < 64.0);
}

#[test]
fn leaking_server_is_replaced_again_and_again_while_every_call_is_answered() {
    let host = Host::new();
    let options = json!({ "maxInstances": 1, "memoryLimitMB": 256, "maxRestarts": 50 });
    let pool = host.pool_of(wrapped("10"), options);
    let (begin, mut calls, mut worst) = (Instant::now(), 0, 0);
    while host.stats(pool)["restarted"].as_u64() < Some(2) {
        let sent = Instant::now();
        host.answer(Target::Pool(pool), None, "sleep", r#"{"ms":1}"#).expect("no call fails");
        worst = worst.max(sent.elapsed().as_millis());
        calls += 1;
        assert!(begin.elapsed() < PATIENCE * 2, "{}", host.stats(pool));
    }
    let limit = host.event("memory-limit");
    let rate = limit["leakMBPerMinute"].as_f64().unwrap_or_default();
    println!(
        "{calls} calls, the slowest {worst} ms; leak told as {rate} MB a minute, truly about 3000; {limit}"
    );
    assert!(rate == 0.0 || (1500.0..4500.0).contains(&rate), "{limit}");
}

/// It took its successor longer to start than the leak needed for twice the limit, and the look that found that out ended every call.
#[test]
fn leak_that_outruns_a_look_a_second_fails_no_call_while_its_successor_starts() {
    let host = Host::new();
    // A second, as servers behind `npx` and `node` take.
    let slow = json!({ "command": "sh", "args": ["-c", "sleep 1; exec \"$0\"", example("growing_server")] });
    let pool = host.pool_of(slow, json!({ "maxInstances": 1, "memoryLimitMB": 64 }));
    let lease = host.lease(pool, None);
    let call = |target| host.call(target, None, "grow", r#"{"kb":64}"#);
    let mut in_flight: VecDeque<_> = (0..8).map(|_| call(Target::Pool(pool))).collect();
    let (begin, mut calls) = (Instant::now(), 0_u32);
    // More than the failures in a row that would be forgiven.
    while host.stats(pool)["restarted"].as_u64() < Some(5) {
        for target in [Target::Pool(pool), Target::Lease(lease)] {
            in_flight.push_back(call(target));
            let oldest = in_flight.pop_front().expect("eight are in flight");
            assert_eq!(oldest.recv_timeout(PATIENCE).unwrap().expect("no call fails"), "grown");
            calls += 1;
        }
        assert!(begin.elapsed() < PATIENCE * 2, "{}", host.stats(pool));
    }
    println!("{calls} calls in {:?}, {}", begin.elapsed(), host.stats(pool));
}

#[test]
fn growth_is_told_with_its_rate() {
    let host = Host::new();
    let options = json!({ "maxInstances": 1, "memoryLimitMB": 120, "restartOnMemoryLeak": false });
    let pool = host.pool_of(wrapped("2"), options);
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    let limit = host.event("memory-limit");
    let rate = limit["leakMBPerMinute"].as_f64().expect("twelve seconds of growth have a rate");
    assert!((400.0..700.0).contains(&rate), "600 MB a minute were told as {limit}");
    assert_eq!(host.pid_of(lease), pid, "only told: restartOnMemoryLeak is off");
    assert_eq!(host.stats(pool)["totalInstances"], 1);
}

/// The successor is not there in time: nobody begins anything on it, and what is in flight ends.
#[test]
fn instance_at_twice_its_limit_answers_what_it_has_and_gets_nothing_more() {
    let host = Host::new();
    let pool = host.pool_of(wrapped(""), json!({ "maxInstances": 1, "memoryLimitMB": 64 }));
    let lease = host.lease(pool, Some("stays"));
    let pid = host.pid_of(lease);
    let grown = host.call(Target::Lease(lease), None, "grow", r#"{"mb":140}"#);
    let slow = host.call(Target::Lease(lease), None, "sleep", r#"{"ms":2000}"#);
    assert_eq!(grown.recv_timeout(PATIENCE).unwrap().unwrap(), "grown");
    let (_, notice) = host.notice_of("lost");
    assert_eq!(notice["cause"], "memory");
    assert_ne!(host.answer(Target::Pool(pool), None, "pid", "{}").unwrap(), pid);
    assert_eq!(slow.recv_timeout(PATIENCE).unwrap().unwrap(), "slept");
    assert_eq!(host.event("server-retired")["cause"], "memory");
    assert!(!is_alive(&pid));
}

/// What is in flight may use no more than that: it must not take the machine's memory.
#[test]
fn instance_far_above_its_limit_is_stopped_at_once() {
    let host = Host::new();
    let pool = host.pool_of(wrapped(""), json!({ "maxInstances": 1, "memoryLimitMB": 64 }));
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    let calls = [("grow", r#"{"mb":250}"#), ("sleep", r#"{"ms":30000}"#)]
        .map(|(tool, arguments)| host.call(Target::Pool(pool), None, tool, arguments));
    let exited = host.event("server-exited");
    assert_eq!(exited["cause"], "memory", "{exited}");
    let [_, slow] = calls;
    let error = slow.recv_timeout(PATIENCE).unwrap().unwrap_err();
    assert_eq!((error.code(), &error.details()["limitMB"]), (ErrorCode::ServerExited, &json!(64)));
    assert_ne!(host.pid_of(lease), pid, "the lease goes on elsewhere");
}

/// What no look sees, as what grows faster than anybody looks: behind all that is measured the kernel kills at four times the limit. This is in
/// a file of the memory's that no process has mapped.
#[test]
fn instance_that_outgrows_every_look_is_killed_by_the_kernel() {
    if !can_limit_memory() {
        eprintln!("SKIPPED: no memory controller that this user may write");
        return;
    }
    let host = Host::new();
    let pool = host.pool_of(wrapped(""), json!({ "maxInstances": 1, "memoryLimitMB": 64 }));
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    assert_eq!(host.answer(Target::Pool(pool), None, "hide", r#"{"mb":150}"#).unwrap(), "hidden");
    let error = host.answer(Target::Pool(pool), None, "hide", r#"{"mb":200}"#).unwrap_err();
    let details = error.details();
    assert_eq!((error.code(), &details["limitMB"]), (ErrorCode::ServerExited, &json!(64)), "{error}");
    assert_eq!(details["ceilingMB"], 256);
    assert!(error.message().contains("reached 256 MB, the ceiling behind its limit of 64 MB"), "{error}");
    assert_eq!(host.event("server-exited")["cause"], "memory");
    assert_eq!(host.notice_of("lost").1["cause"], "memory");
    assert_ne!(host.pid_of(lease), pid, "the lease goes on elsewhere");
}

/// What is not watched yet: a server that takes all memory before it has introduced itself.
#[test]
fn server_that_outgrows_its_ceiling_while_it_starts_says_so() {
    if !can_limit_memory() {
        eprintln!("SKIPPED: no memory controller that this user may write");
        return;
    }
    let host = Host::new();
    let fill = json!({ "command": "sh", "args": ["-c", "head -c 400m /dev/zero | tail; sleep 60"] });
    let pool = host.pool_of(fill, json!({ "maxInstances": 1, "memoryLimitMB": 32, "maxRestarts": 1 }));
    let error = host.answer(Target::Pool(pool), None, "pid", "{}").unwrap_err();
    let failed = host.event("server-start-failed");
    assert!(failed["error"]["message"].as_str().unwrap().contains("reached 128 MB"), "{failed}");
    assert!(error.message().contains("reached 128 MB"), "{error}");
}

/// Negative control: without a replacement nothing is killed either, however much it is.
#[test]
fn instance_that_is_to_be_left_alone_has_no_ceiling() {
    let host = Host::new();
    let options = json!({ "maxInstances": 1, "memoryLimitMB": 32, "restartOnMemoryLeak": false });
    let pool = host.pool_of(wrapped(""), options);
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    assert_eq!(host.answer(Target::Lease(lease), None, "grow", r#"{"mb":300}"#).unwrap(), "grown");
    assert_eq!(host.pid_of(lease), pid);
}
