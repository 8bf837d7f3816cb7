//! Sessions stay where they are, or are told.

use procman::engine::Target;
use procman::model::ErrorCode;
use serde_json::json;

use crate::host::Host;

#[test]
fn a_session_stays_on_its_instance_and_its_loss_is_told_once() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "session", "maxInstances": 2, "maxLeasesPerInstance": 1 }));
    let target = Target::Pool(pool);
    let lease = host.lease(pool, Some("a"));
    let other = host.lease(pool, Some("b"));
    assert_ne!(host.pid_of(lease), host.pid_of(other));
    let pid = host.pid_of(lease);
    assert_eq!(host.answer(target, Some("a"), "pid", "{}").unwrap(), pid);

    let ended = host.answer(Target::Lease(lease), None, "exit", r#"{"code":3}"#).unwrap_err();
    assert_eq!(ended.code(), ErrorCode::ServerExited);
    assert_eq!(host.event("server-exited")["exitCode"], 3);
    let (told, notice) = host.notice();
    assert_eq!((told, &notice["event"]), (lease, &json!("lost")));

    let lost = host.answer(target, Some("a"), "pid", "{}").unwrap_err();
    assert_eq!((lost.code(), &lost.details()["sessionId"]), (ErrorCode::SessionLost, &json!("a")));
    let again = host.answer(target, Some("a"), "pid", "{}").unwrap();
    assert_ne!(again, pid, "told once, then it is a new session");
    let dead = host.answer(Target::Lease(lease), None, "pid", "{}").unwrap_err();
    assert_eq!(dead.code(), ErrorCode::SessionLost, "the lease stays lost");
    assert_ne!(host.pid_of(other), pid, "its neighbour goes on");
}

#[test]
fn a_session_that_ended_may_go_anywhere() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "exclusive", "maxInstances": 1, "acquireTimeout": 0 }));
    let target = Target::Pool(pool);
    let first = host.answer(target, Some("a"), "pid", "{}").unwrap();
    let error = host.answer(target, Some("b"), "pid", "{}").unwrap_err();
    assert_eq!(error.code(), ErrorCode::PoolExhausted, "the instance is kept for its session");
    assert_eq!(host.answer(target, Some("a"), "pid", "{}").unwrap(), first);
    assert!(host.engine.end_session(pool, "a") && !host.engine.end_session(pool, "a"));
    assert_eq!(host.answer(target, Some("b"), "pid", "{}").unwrap(), first);
}

#[test]
fn an_idle_session_is_unbound() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "exclusive", "maxInstances": 1, "sessionIdleTimeout": 30 }));
    let first = host.answer(Target::Pool(pool), Some("a"), "pid", "{}").unwrap();
    assert_eq!(host.answer(Target::Pool(pool), Some("b"), "pid", "{}").unwrap(), first, "waited for it");
    assert_eq!(host.stats(pool)["sessions"], 1);
}
