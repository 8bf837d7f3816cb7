//! Tasks live in one process: whoever asks for one asks the instance that runs it.

use procman::engine::Target;
use procman::model::ErrorCode;
use serde_json::json;

use crate::host::{Host, example};

const MAKE: &str = r#"{"name":"task","arguments":{},"task":{"ttl":60000}}"#;
const FIRST: &str = r#"{"taskId":"task-1"}"#;
const WAYS: [&str; 3] = ["tasks/get", "tasks/result", "tasks/cancel"];

/// A pool whose leases have an instance each.
fn pool(host: &Host, mode: &str, protocol: &str) -> u64 {
    let options = json!({ "maxInstances": 3, "sharing": "exclusive", "protocol": protocol });
    host.pool_of(json!({ "command": example("modern_server"), "args": [mode] }), options)
}

fn pid(host: &Host, lease: u64) -> String {
    host.info(lease)["pid"].to_string()
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
    host.request_of(target, None, "tools/call", MAKE).unwrap();
    let lease = host.lease(pool, None);
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
