//! Instances come, die, are replaced and retire.

use procman::engine::{AcquireWait, Acquired, Target};
use procman::model::ErrorCode;
use serde_json::json;

use crate::host::{Heard, Host, PATIENCE, example, is_alive};

#[test]
fn min_instances_are_warm_before_anybody_asks_and_again_after_a_crash() {
    let host = Host::new();
    let pool = host.pool(json!({ "minInstances": 1 }));
    let pid = host.event("server-created")["pid"].to_string();
    let Acquired::Ready(lease) = host.acquire(pool, None, AcquireWait::Default, 1).unwrap() else { panic!() };
    assert_eq!(host.pid_of(lease), pid);
    assert!(host.answer(Target::Lease(lease), None, "exit", "{}").is_err());
    let restarted = host.event("server-restarted");
    assert_eq!(restarted["cause"], "crash");
    assert!(matches!(host.letter(), Heard::Notice(told, _) if told == lease));
    let after = host.pid_of(lease);
    assert_ne!(after, pid, "a shared lease goes on elsewhere");
    assert_eq!(host.instance_of(lease), restarted["instanceId"]);
}

#[test]
fn a_replacement_takes_over_without_failing_a_call() {
    let host = Host::new();
    let pool = host.pool(json!({ "maxInstances": 1 }));
    let lease = host.lease(pool, None);
    let (old, pid) = (host.instance_of(lease), host.pid_of(lease));
    let slow = host.call(Target::Lease(lease), None, "sleep", r#"{"ms":700}"#);
    assert!(host.engine.replace_instance(pool, &old, "memory"));
    assert!(!host.engine.replace_instance(pool, &old, "memory"), "one at a time");
    let restarted = host.event("server-restarted");
    assert_eq!((&restarted["oldInstanceId"], &restarted["cause"]), (&json!(old), &json!("memory")));
    let (told, notice) = host.notice();
    assert_eq!((told, &notice["event"]), (lease, &json!("retiring")));
    assert_ne!(host.pid_of(lease), pid, "new calls go to the successor");
    assert!(is_alive(&pid), "the old one is drained first");
    assert_eq!(slow.recv_timeout(PATIENCE).unwrap().unwrap(), "slept");
    assert_eq!(host.event("server-retired")["instanceId"], old.as_str());
    assert!(!is_alive(&pid));
    assert_eq!(host.stats(pool)["totalInstances"], 1);
}

#[test]
fn a_session_keeps_the_instance_that_is_replaced_until_it_lets_go() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "session", "maxInstances": 1 }));
    let lease = host.lease(pool, Some("a"));
    let (old, pid) = (host.instance_of(lease), host.pid_of(lease));
    assert!(host.engine.replace_instance(pool, &old, "memory"));
    host.event("server-restarted");
    assert_eq!(host.pid_of(lease), pid, "never moved in silence");
    assert_ne!(host.answer(Target::Pool(pool), Some("b"), "pid", "{}").unwrap(), pid);
    assert!(host.engine.release(lease));
    assert!(host.engine.end_session(pool, "a"));
    assert_eq!(host.event("server-retired")["instanceId"], old.as_str());
}

#[test]
fn an_idle_instance_retires_down_to_the_minimum() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "exclusive", "idleTimeout": 50, "minInstances": 1 }));
    let leases = [host.lease(pool, None), host.lease(pool, None), host.lease(pool, None)];
    assert_eq!(host.stats(pool)["totalInstances"], 3);
    assert_eq!(leases.map(|lease| host.engine.release(lease)), [true; 3]);
    assert_eq!(host.event("server-retired")["cause"], "idle");
    assert_eq!(host.event("server-retired")["cause"], "idle");
    assert_eq!(host.stats(pool)["totalInstances"], 1);
}

#[test]
fn those_who_wait_for_a_start_that_fails_are_all_told() {
    let host = Host::new();
    let pool = host.pool_of(json!({ "command": "/bin/false" }), json!({}));
    for token in [1, 2] {
        assert_eq!(host.acquire(pool, None, AcquireWait::Default, token), Ok(Acquired::Waits));
    }
    for token in [1, 2] {
        assert_eq!(host.refused(token).code(), ErrorCode::ServerStart);
    }
    assert_eq!(host.event("server-start-failed")["error"]["code"], "ERR_SERVER_START");
    assert_eq!(host.stats(pool)["totalInstances"], 0);
}

#[test]
fn a_start_goes_on_after_its_caller_gave_up() {
    let host = Host::new();
    let command =
        json!({ "command": "sh", "args": ["-c", "sleep 0.3; exec \"$0\"", example("echo_server")] });
    let pool = host.pool_of(command, json!({ "acquireTimeout": 20 }));
    assert_eq!(host.acquire(pool, None, AcquireWait::Default, 1), Ok(Acquired::Waits));
    assert_eq!(host.refused(1).code(), ErrorCode::PoolExhausted);
    host.event("server-created");
    assert!(matches!(host.acquire(pool, None, AcquireWait::Default, 2), Ok(Acquired::Ready(_))));
    assert_eq!(host.stats(pool)["started"], 1);
}

#[test]
fn a_pool_that_is_shut_down_tells_all_and_leaves_nothing() {
    let host = Host::new();
    let pool = host.pool(json!({ "sharing": "exclusive", "maxInstances": 1 }));
    let lease = host.lease(pool, None);
    let pid = host.pid_of(lease);
    let slow = host.call(Target::Lease(lease), None, "sleep", r#"{"ms":60000}"#);
    assert_eq!(host.acquire(pool, None, AcquireWait::Forever, 1), Ok(Acquired::Waits));
    host.shut_down_pool(pool);
    assert!(!is_alive(&pid));
    assert_eq!(slow.recv_timeout(PATIENCE).unwrap().unwrap_err().code(), ErrorCode::Closed);
    let letters = [host.letter(), host.letter()];
    assert!(
        letters
            .iter()
            .any(|letter| matches!(letter, Heard::Refused(1, error) if error.code() == ErrorCode::Closed))
    );
    assert!(letters.iter().any(|letter| matches!(letter, Heard::Notice(told, _) if *told == lease)));
    host.event("pool-shutdown");
}

/// A process that did not get through its handshake is no instance any more; the pool was told to be gone while it still ran.
#[test]
fn pool_is_gone_when_the_process_of_a_failed_start_is() {
    let host = Host::new();
    let folder = std::env::temp_dir().join(format!("procman-lives-{}", std::process::id()));
    let mute = "trap '' TERM; echo $$ > \"$0\"; while :; do sleep 1; done";
    let command = json!({ "command": "sh", "args": ["-c", mute, folder] });
    let options = json!({ "startTimeout": 300, "graceMs": 60_000, "maxRestarts": 0 });
    let pool = host.pool_of(command, options);
    let error = host.answer(Target::Pool(pool), None, "pid", "{}").unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerStart, "{error}");
    let pid = std::fs::read_to_string(&folder).unwrap().trim().to_owned();
    std::fs::remove_file(&folder).unwrap();
    assert!(is_alive(&pid), "it ignores SIGTERM and has a minute: there is something to wait for");
    let (sender, receiver) = std::sync::mpsc::channel();
    let grace = std::time::Duration::from_millis(100);
    host.engine.shut_down_pool(pool, Some(grace), move || sender.send(()).unwrap_or(()));
    receiver.recv_timeout(PATIENCE).expect("an end");
    assert!(!is_alive(&pid));
}
