//! Tasks live in one process: whoever asks for one asks the instance that runs it.

use procman::engine::Target;
use procman::model::ErrorCode;
use serde_json::json;

use crate::host::{Host, example};

const MAKE: &str = r#"{"name":"task","arguments":{},"task":{"ttl":60000}}"#;
const FIRST: &str = r#"{"taskId":"task-1"}"#;
const WAYS: [&str; 4] = ["tasks/get", "tasks/update", "tasks/result", "tasks/cancel"];

/// A pool whose leases have an instance each.
fn pool(host: &Host, mode: &str, protocol: &str) -> u64 {
    let options = json!({ "maxInstances": 3, "sharing": "exclusive", "protocol": protocol });
    host.pool_of(json!({ "command": example("modern_server"), "args": [mode] }), options)
}

fn pid(host: &Host, lease: u64) -> String {
    host.info(lease).process.expect("it runs").pid.to_string()
}

#[test]
fn a_task_is_asked_for_where_it_runs_whoever_asks() {
    let host = Host::new();
    let pool = pool(&host, "legacy", "legacy");
    let (owner, other) = (host.lease(pool, None), host.lease(pool, None));
    host.request(owner, "tools/call", MAKE).unwrap();
    for target in [Target::Lease(owner), Target::Lease(other), Target::Pool(pool)] {
        for method in WAYS {
            assert_eq!(host.request_of(target, None, method, FIRST).unwrap(), pid(&host, owner), "{method}");
        }
    }
    assert_eq!(host.request_of(Target::Pool(pool), Some("s"), WAYS[0], FIRST).unwrap(), pid(&host, owner));
    // The control: nobody knows this one, and the instance that is asked says so.
    let unknown = host.request(other, "tasks/get", r#"{"taskId":"task-2"}"#).unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::Rpc);
}

#[test]
fn tasks_of_the_same_name_are_each_callers_own() {
    let host = Host::new();
    let pool = pool(&host, "legacy", "legacy");
    let (one, two) = (host.lease(pool, None), host.lease(pool, None));
    for lease in [one, two, one] {
        host.request(lease, "tools/call", MAKE).unwrap();
    }
    for lease in [one, two] {
        assert_eq!(host.request(lease, "tasks/get", FIRST).unwrap(), pid(&host, lease));
    }
    assert_eq!(host.request(two, "tasks/list", "{}").unwrap(), "task-1");
    let newest = host.request_of(Target::Pool(pool), None, "tasks/list", "{}").unwrap();
    assert_eq!(newest, "task-1 task-2", "of the instance with the newest task");
}

#[test]
fn a_task_of_the_modern_protocol_is_followed_too() {
    let host = Host::new();
    let pool = pool(&host, "modern", "2026-07-28");
    let (owner, other) = (host.lease(pool, None), host.lease(pool, None));
    host.answer(Target::Lease(owner), None, "task", "{}").unwrap();
    assert_eq!(host.request(other, "tasks/get", FIRST).unwrap(), pid(&host, owner));
}

/// Another instance would say that it knows no such task, which is true and no help.
#[test]
fn a_task_whose_instance_is_gone_is_told_as_lost() {
    let host = Host::new();
    let pool = pool(&host, "legacy", "legacy");
    let target = Target::Pool(pool);
    let lease = host.lease(pool, None);
    host.request(lease, "tools/call", MAKE).unwrap();
    let gone = host.instance_of(lease);
    host.answer(Target::Lease(lease), None, "exit", "{}").unwrap();
    host.event("server-exited");
    for _ in 0..2 {
        let error = host.request_of(target, None, "tasks/get", FIRST).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SessionLost);
        let details = error.details();
        assert_eq!((&details["taskId"], &details["instanceId"]), (&json!("task-1"), &json!(gone)), "{error}");
    }
    host.request_of(target, None, "tools/call", MAKE).unwrap();
    assert!(host.request_of(target, None, "tasks/get", FIRST).is_ok(), "the new one of that name");
}

/// The text of an answer is the process that gave it.
fn text_of(host: &Host, lease: u64, method: &str, params: &str) -> String {
    host.request(lease, method, params).expect("an answer")
}

fn idle_pool(host: &Host, mode: &str, protocol: &str) -> u64 {
    let options =
        json!({ "maxInstances": 3, "sharing": "exclusive", "protocol": protocol, "idleTimeout": 50 });
    host.pool_of(json!({ "command": example("modern_server"), "args": [mode] }), options)
}

/// It took its tasks along, and who asked for one heard that it was lost.
#[test]
fn idle_instance_stays_until_its_task_was_told() {
    for (mode, protocol) in [("legacy", "legacy"), ("modern", "2026-07-28")] {
        let host = Host::new();
        let pool = idle_pool(&host, mode, protocol);
        let (busy, idle) = (host.lease(pool, None), host.lease(pool, None));
        let names = [busy, idle].map(|lease| host.instance_of(lease));
        let pid = pid(&host, busy);
        host.request(busy, "tools/call", MAKE).unwrap();
        host.engine.release(busy);
        host.engine.release(idle);
        // The control: the other one goes after the same time.
        assert_eq!(host.event("server-retired")["instanceId"], json!(names[1]), "{mode}");
        let ask = |method: &str| host.request_of(Target::Pool(pool), None, method, FIRST).unwrap();
        assert_eq!(ask("tasks/get"), pid, "{mode}");
        assert_eq!(ask("tasks/update"), pid, "{mode}");
        assert_eq!(host.stats(pool)["instances"][0]["tasks"], 1, "{mode}");
        // In the newer protocol the state of a task that is over has its result.
        assert_eq!(ask(if mode == "legacy" { "tasks/result" } else { "tasks/get" }), pid);
        assert_eq!(host.event("server-retired")["instanceId"], json!(names[0]), "{mode}");
    }
}

#[test]
fn instance_stays_for_a_task_as_long_as_that_lives() {
    let host = Host::new();
    let pool = idle_pool(&host, "legacy", "legacy");
    let make = r#"{"name":"task","arguments":{},"task":{"ttl":1500}}"#;
    let begun = std::time::Instant::now();
    host.request_of(Target::Pool(pool), None, "tools/call", make).unwrap();
    host.event("server-retired");
    assert!(begun.elapsed() >= std::time::Duration::from_millis(1500));
    let error = host.request_of(Target::Pool(pool), None, "tasks/get", FIRST).unwrap_err();
    assert_eq!((error.code(), &error.details()["taskId"]), (ErrorCode::SessionLost, &json!("task-1")));
}

#[test]
fn cancelled_task_is_not_waited_for() {
    let host = Host::new();
    let pool = idle_pool(&host, "legacy", "legacy");
    host.request_of(Target::Pool(pool), None, "tools/call", MAKE).unwrap();
    host.request_of(Target::Pool(pool), None, "tasks/cancel", FIRST).unwrap();
    host.event("server-retired");
}

/// It stopped as soon as nobody else was on it, in the middle of its task.
#[test]
fn replaced_instance_stays_for_its_task_and_new_calls_go_to_the_successor() {
    let host = Host::new();
    let options = json!({ "maxInstances": 1, "protocol": "legacy" });
    let pool = host.pool_of(json!({ "command": example("modern_server"), "args": ["legacy"] }), options);
    let lease = host.lease(pool, None);
    let (old, old_pid) = (host.instance_of(lease), pid(&host, lease));
    host.request(lease, "tools/call", MAKE).unwrap();
    assert!(host.engine.replace_instance(pool, &old, "requested"));
    host.event("server-restarted");
    assert_ne!(pid(&host, lease), old_pid, "the lease moves");
    assert_eq!(text_of(&host, lease, "tasks/get", FIRST), old_pid);
    assert_eq!(host.stats(pool)["replacements"], 1);
    assert_eq!(text_of(&host, lease, "tasks/result", FIRST), old_pid);
    assert_eq!(host.event("server-retired")["instanceId"], json!(old));
}

#[test]
fn input_of_a_task_reaches_the_instance_that_wants_it() {
    let host = Host::new();
    let pool = pool(&host, "modern", "2026-07-28");
    let (owner, other) = (host.lease(pool, None), host.lease(pool, None));
    host.answer(Target::Lease(owner), None, "task", r#"{"asks":true}"#).unwrap();
    let update =
        r#"{"taskId":"task-1","inputResponses":{"who":{"action":"accept","content":{"name":"Ann"}}}}"#;
    assert_eq!(text_of(&host, other, "tasks/update", update), pid(&host, owner));
    let state = host.raw_request(other, "tasks/get", FIRST);
    assert_eq!(state["status"], "completed");
    let text: serde_json::Value =
        serde_json::from_str(state["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text["who"]["content"]["name"], "Ann");
    let unknown = host.request(other, "tasks/update", r#"{"taskId":"task-7"}"#).unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::Rpc);
}

/// What is told unasked ends the wait for the task, not that for its result.
#[test]
fn task_that_ended_unasked_is_kept_until_it_is_fetched() {
    let host = Host::new();
    let pool = idle_pool(&host, "legacy", "legacy");
    let (busy, idle) = (host.lease(pool, None), host.lease(pool, None));
    let names = [busy, idle].map(|lease| host.instance_of(lease));
    host.request(busy, "tools/call", MAKE).unwrap();
    host.answer(Target::Lease(busy), None, "finish-task", r#"{"taskId":"task-1","tell":true}"#).unwrap();
    host.engine.release(busy);
    host.engine.release(idle);
    assert_eq!(host.event("server-retired")["instanceId"], json!(names[1]));
    host.request_of(Target::Pool(pool), None, "tasks/result", FIRST).unwrap();
    assert_eq!(host.event("server-retired")["instanceId"], json!(names[0]));
}

/// The next holder would be asked what the task wants to know.
#[test]
fn instance_with_a_task_of_its_one_holder_is_nobody_else_s() {
    let host = Host::new();
    let pool = pool(&host, "legacy", "legacy");
    let lease = host.lease(pool, None);
    let name = host.instance_of(lease);
    host.request(lease, "tools/call", MAKE).unwrap();
    host.engine.release(lease);
    let other = host.lease(pool, None);
    assert_ne!(host.instance_of(other), name);
    host.engine.release(other);
    // The control: what has no task is used again, and so is this one once its task is over.
    let again = host.lease(pool, None);
    assert_ne!(host.instance_of(again), name);
    host.request(again, "tasks/result", FIRST).unwrap();
    assert_eq!(host.instance_of(host.lease(pool, None)), name);
}
