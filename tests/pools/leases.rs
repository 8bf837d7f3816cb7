//! Leases and calls: who gets which instance, who waits, who is refused.

use std::time::Duration;

use procman::engine::{AcquireWait, Acquired, Target};
use procman::model::ErrorCode;
use serde_json::json;

use crate::host::{Host, example, is_alive};

#[test]
fn leases_of_a_shared_pool_share_one_process_and_a_warm_one_is_had_at_once() {
    let host = Host::new();
    let pool = host.pool(json!({}));
    let first = host.lease(pool, None);
    let Acquired::Ready(second) = host.acquire(pool, None, AcquireWait::For(Duration::ZERO), 7).unwrap()
    else {
        panic!("a warm instance needs no letter")
    };
    assert_eq!(host.pid_of(first), host.pid_of(second));
    let process = host.info(first).process.expect("it runs");
    assert_eq!(process.pid.to_string(), host.pid_of(first));
    assert!(process.healthy && process.created_at <= process.last_used_at);
    let stats = host.stats(pool);
    assert_eq!(
        (&stats["totalInstances"], &stats["leases"], &stats["reused"]),
        (&json!(1), &json!(2), &json!(1))
    );
    assert!(host.engine.release(first) && !host.engine.release(first), "a second release does nothing");
    assert_eq!(host.answer(Target::Lease(first), None, "pid", "{}").unwrap_err().code(), ErrorCode::Closed);
    assert_eq!(host.engine.release_on(pool, &host.instance_of(second), 99), None, "leases of others stay");
    let (name, seen) = (host.instance_of(second), host.info(second));
    let released = host.engine.release_on(pool, &name, crate::host::ME);
    assert_eq!(
        released.map(|(lease, info)| (lease, info.pool, info.instance)),
        Some((second, pool, seen.instance))
    );
}

#[test]
fn waiters_of_an_exclusive_pool_are_served_in_order_and_refused_with_its_holders() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "exclusive", "maxInstances": 2 }));
    let (first, second) = (host.lease(pool, None), host.lease(pool, None));
    assert_ne!(host.pid_of(first), host.pid_of(second));
    for token in [3, 4] {
        assert_eq!(host.acquire(pool, None, AcquireWait::Forever, token), Ok(Acquired::Waits));
    }
    let error = host.acquire(pool, None, AcquireWait::For(Duration::ZERO), 5).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PoolExhausted);
    assert_eq!(error.details()["limits"]["maxInstances"], 2);
    assert_eq!(error.details()["holders"][0]["lease"], first);
    assert!(error.details()["holders"][0]["ageMs"].is_u64());
    host.no_letter();
    let pid = host.pid_of(second);
    assert!(host.engine.release(second));
    let third = host.granted(3);
    assert_eq!(host.pid_of(third), pid);
    assert!(host.engine.release(first));
    host.granted(4);
}

#[test]
fn a_wait_ends_by_its_time_or_by_its_caller() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "exclusive", "maxInstances": 1 }));
    let lease = host.lease(pool, None);
    assert_eq!(host.acquire(pool, None, AcquireWait::For(Duration::from_millis(20)), 1), Ok(Acquired::Waits));
    assert_eq!(host.refused(1).code(), ErrorCode::PoolExhausted);
    assert_eq!(host.acquire(pool, None, AcquireWait::Forever, 2), Ok(Acquired::Waits));
    assert_eq!(host.acquire(pool, None, AcquireWait::Forever, 3), Ok(Acquired::Waits));
    assert!(host.engine.cancel_acquire(crate::host::ME, 2));
    assert!(!host.engine.cancel_acquire(crate::host::ME, 2));
    assert!(host.engine.release(lease));
    host.granted(3);
}

#[test]
fn calls_grow_the_pool_only_when_every_instance_is_full() {
    let host = Host::new();
    let pool = host.pool(json!({ "maxCallsPerInstance": 2, "maxInstances": 2 }));
    let target = Target::Pool(pool);
    for _ in 0..5 {
        host.answer(target, None, "pid", "{}").unwrap();
    }
    let slow: Vec<_> = (0..2).map(|_| host.call(target, None, "sleep", r#"{"ms":600}"#)).collect();
    assert_eq!(host.stats(pool)["totalInstances"], 1);
    let third = host.answer(target, None, "pid", "{}").unwrap();
    assert_eq!(host.stats(pool)["totalInstances"], 2);
    for call in slow {
        assert_eq!(call.recv_timeout(crate::host::PATIENCE).unwrap().unwrap(), "slept");
    }
    assert!(is_alive(&third));
    host.shut_down_pool(pool);
    assert!(!is_alive(&third));
}

/// Seventeen calls of microseconds started a second process, and 33 a third, which took the cores from the first.
#[test]
fn quick_calls_wait_for_room_and_long_ones_start_another_process() {
    let host = Host::new();
    // A second, as servers behind `npx` and `node` take.
    let slow = json!({ "command": "sh", "args": ["-c", "sleep 1; exec \"$0\"", example("echo_server")] });
    let pool = host.pool_of(slow, json!({ "maxInstances": 3 }));
    let target = Target::Pool(pool);
    for _ in 0..30 {
        host.answer(target, None, "pid", "{}").unwrap();
    }
    for _ in 0..20 {
        let calls: Vec<_> = (0..64).map(|_| host.call(target, None, "pid", "{}")).collect();
        for call in calls {
            call.recv_timeout(crate::host::PATIENCE).unwrap().unwrap();
        }
    }
    assert_eq!(host.stats(pool)["started"], 1);
    assert_eq!(host.event("server-created")["event"], "server-created");
    let long: Vec<_> = (0..17).map(|_| host.call(target, None, "sleep", r#"{"ms":4000}"#)).collect();
    let quick = host.answer(target, None, "pid", "{}").unwrap();
    assert_eq!(host.event("server-created")["pid"].to_string(), quick, "not after the long ones");
    for call in long {
        call.recv_timeout(crate::host::PATIENCE).unwrap().unwrap();
    }
}

#[test]
fn a_holder_with_handlers_has_an_instance_of_its_own_which_ends_with_its_lease() {
    let host = Host::new();
    let pool = host.pool(json!({ "maxInstances": 2 }));
    let shared = host.lease(pool, None);
    assert_eq!(host.acquire_with(pool, None, AcquireWait::Default, 1, 3), Ok(Acquired::Waits));
    let own = host.granted(1);
    let pid = host.pid_of(own);
    assert_ne!(pid, host.pid_of(shared));
    assert_eq!(host.pid_of(host.lease(pool, None)), host.pid_of(shared), "nobody else gets it");
    assert!(host.engine.release(own));
    assert_eq!(host.event("server-retired")["cause"], "handlers");
    assert!(!is_alive(&pid));
}

#[test]
fn an_idle_instance_makes_room_for_one_of_another_kind() {
    let host = Host::new();
    let pool = host.pool(json!({ "maxInstances": 1 }));
    assert!(host.engine.release(host.lease(pool, None)));
    assert_eq!(host.acquire_with(pool, None, AcquireWait::Default, 1, 1), Ok(Acquired::Waits));
    host.granted(1);
    assert_eq!(host.event("server-retired")["cause"], "room");
}

#[test]
fn what_an_environment_made_ends_with_it() {
    let host = Host::new();
    let pool = host.pool(json!({}));
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    let (sender, receiver) = std::sync::mpsc::channel();
    host.engine.environment_left(crate::host::ME, move || sender.send(()).unwrap_or(()));
    receiver.recv_timeout(crate::host::PATIENCE).unwrap();
    assert!(!is_alive(&pid));
    assert_eq!(host.acquire(pool, None, AcquireWait::Default, 1).unwrap_err().code(), ErrorCode::Closed);
    assert!(!host.engine.release(lease));
}
