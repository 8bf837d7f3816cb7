//! Instances that die or fall silent are noticed; those that only work long are left alone.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::time::{Duration, Instant};

use procman::engine::Target;
use serde_json::{Value, json};

use crate::host::{Host, PATIENCE, example, is_alive};

fn growing() -> Value {
    json!({ "command": example("growing_server") })
}

fn signal(pid: &str, signal: i32) {
    let pid = nix::unistd::Pid::from_raw(pid.parse().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::try_from(signal).unwrap()).unwrap();
}

#[test]
fn killed_instance_is_noticed_at_once() {
    let host = Host::new();
    let pool = host.pool_of(growing(), json!({ "maxRestarts": 50 }));
    let mut noticed = Vec::new();
    for _ in 0..5 {
        let pid = host.answer(Target::Pool(pool), None, "pid", "{}").unwrap();
        let killed = Instant::now();
        signal(&pid, 9);
        let exited = host.event("server-exited");
        noticed.push(killed.elapsed());
        assert_eq!((&exited["signal"], &exited["cause"]), (&json!("SIGKILL"), &json!("crash")));
    }
    println!("noticed after {noticed:?}");
    assert!(noticed.iter().max() < Some(&Duration::from_secs(5)), "{noticed:?}");
}

/// A stopped process looks alive to everybody who does not ask it.
#[test]
fn idle_instance_that_does_not_answer_a_ping_is_replaced() {
    let host = Host::new();
    let pool = host.pool_of(growing(), json!({ "healthCheckInterval": 1000, "maxInstances": 1 }));
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    signal(&pid, libc::SIGSTOP);
    let exited = host.event("server-exited");
    assert_eq!(exited["cause"], "health", "{exited}");
    assert_eq!(host.notice().1["cause"], "health");
    assert_ne!(host.pid_of(lease), pid);
}

/// A server of the 2026-07-28 protocol knows no `ping`; `tests/mcp` has the words, this is who says them.
#[test]
fn idle_instance_of_the_modern_protocol_is_asked_in_its_own_words() {
    let host = Host::new();
    let modern = json!({ "command": example("modern_server"), "args": ["modern"] });
    let leases = [1000, 0].map(|interval| {
        let options = json!({ "healthCheckInterval": interval, "protocol": "2026-07-28" });
        host.lease(host.pool_of(modern.clone(), options), None)
    });
    host.nothing_for(Duration::from_millis(3300));
    let [often, never] = leases.map(|lease| {
        let asked = host.answer(Target::Lease(lease), None, "asked", "{}").unwrap();
        serde_json::from_str::<Value>(&asked).unwrap()
    });
    assert!(often["server/discover"].as_u64() > Some(1), "{often}");
    assert_eq!(often["ping"], Value::Null);
    // The control: the question of the handshake, and none after it.
    assert_eq!(never["server/discover"], 1);
}

/// Negative control: the same interval, an answering server, and a call that is silent for longer than a ping may be.
#[test]
fn answering_instance_and_a_long_call_are_left_alone() {
    let host = Host::new();
    let pool = host.pool_of(growing(), json!({ "healthCheckInterval": 1000, "maxInstances": 1 }));
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    assert_eq!(host.answer(Target::Lease(lease), None, "sleep", r#"{"ms":9000}"#).unwrap(), "slept");
    assert_eq!(host.pid_of(lease), pid);
    assert_eq!(host.stats(pool)["failed"], 0);
}

/// Takes twenty seconds, because a busy server may be silent for fifteen.
#[test]
fn silent_busy_instance_gets_no_new_calls_and_keeps_its_own() {
    if std::env::var_os("PROCMAN_SOAK").is_none() {
        return;
    }
    let host = Host::new();
    let pool = host.pool_of(growing(), json!({ "maxInstances": 2 }));
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    let slow = host.call(Target::Lease(lease), None, "sleep", r#"{"ms":20000}"#);
    while host.stats(pool)["healthyInstances"] == 1 {
        assert!(slow.recv_timeout(Duration::from_millis(200)).is_err(), "not spared before its call ended");
    }
    assert_ne!(host.answer(Target::Pool(pool), None, "pid", "{}").unwrap(), pid, "spared");
    assert_eq!(slow.recv_timeout(PATIENCE).unwrap().unwrap(), "slept");
    assert!(is_alive(&pid));
}

/// The clock of the watch runs while something is to be watched, and not at all otherwise.
#[test]
fn engine_without_instances_never_wakes() {
    let host = Host::new();
    let pool = host.pool_of(growing(), json!({ "maxInstances": 1 }));
    host.answer(Target::Pool(pool), None, "pid", "{}").unwrap();
    let wakes = |host: &Host| {
        let before = host.engine_wakes();
        host.nothing_for(Duration::from_millis(3300));
        host.engine_wakes() - before
    };
    let with = wakes(&host);
    assert!((3..=30).contains(&with), "one look a second: {with} wakes in 3.3 s");
    host.shut_down_pool(pool);
    host.nothing_for(Duration::from_millis(1500));
    let without = wakes(&host);
    println!("wakes in 3.3 s: {with} with an instance, {without} without");
    assert_eq!(without, 0);
}
