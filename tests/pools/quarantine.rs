//! A server that fails again and again is left alone for a while, and says why.

use procman::engine::{AcquireWait, Acquired, Target};
use procman::model::ErrorCode;
use serde_json::json;

use crate::host::{Host, example};

#[test]
fn crash_loop_is_started_a_bounded_number_of_times_and_told_with_its_last_exit() {
    let host = Host::new();
    let command = json!({ "command": example("growing_server") });
    let pool = host.pool_of(command, json!({ "maxRestarts": 2, "maxInstances": 1 }));
    let mut crashes = 0;
    let refusal = loop {
        let error = host.answer(Target::Pool(pool), None, "exit", r#"{"code":7}"#).unwrap_err();
        if error.code() == ErrorCode::ServerQuarantined {
            break error;
        }
        assert_eq!(error.code(), ErrorCode::ServerExited);
        crashes += 1;
    };
    assert_eq!((crashes, host.stats(pool)["started"].as_u64()), (3, Some(3)), "two restarts");
    assert_eq!((&refusal.details()["exitCode"], &refusal.details()["failures"]), (&json!(7), &json!(3)));
    let told = host.event("server-quarantined");
    assert_eq!(told["error"]["code"], "ERR_SERVER_QUARANTINED");
    let until = refusal.details()["until"].as_f64().unwrap();
    assert!((until - told["until"].as_f64().unwrap()).abs() < 1000.0, "{told}");
    assert!(until - told["at"].as_f64().unwrap() > 20_000.0);
    assert_eq!(
        host.answer(Target::Pool(pool), None, "pid", "{}").unwrap_err().code(),
        ErrorCode::ServerQuarantined
    );
    assert_eq!(host.stats(pool)["started"], 3);
}

#[test]
fn server_that_never_starts_is_quarantined_with_its_stderr() {
    let host = Host::new();
    let command = json!({ "command": "sh", "args": ["-c", "echo no license >&2; exit 3"] });
    let pool = host.pool_of(command, json!({ "maxRestarts": 1 }));
    let mut codes = Vec::new();
    let refusal = loop {
        let error = match host.acquire(pool, None, AcquireWait::Default, 1) {
            Ok(Acquired::Waits) => host.refused(1),
            Err(error) => error,
            other => panic!("{other:?}"),
        };
        codes.push(error.code());
        if error.code() == ErrorCode::ServerQuarantined {
            break error;
        }
    };
    assert_eq!(codes, [ErrorCode::ServerStart, ErrorCode::ServerStart, ErrorCode::ServerQuarantined]);
    assert_eq!(refusal.details()["exitCode"], 3);
    assert!(refusal.details()["stderr"].as_str().unwrap().contains("no license"));
    assert!(refusal.message().contains("2 times in a row"), "{refusal}");
}

/// A command that does not exist is no crash: whoever installs it is served at once.
#[test]
fn missing_command_is_never_quarantined() {
    let host = Host::new();
    let pool = host.pool_of(json!({ "command": "/nonexistent/server" }), json!({ "maxRestarts": 0 }));
    for token in 1..6 {
        assert_eq!(host.acquire(pool, None, AcquireWait::Default, token), Ok(Acquired::Waits));
        assert_eq!(host.refused(token).code(), ErrorCode::Spawn);
    }
}

#[test]
fn healthy_instances_serve_on_in_quarantine() {
    let host = Host::new();
    let command = json!({ "command": example("growing_server") });
    let pool = host.pool_of(command, json!({ "maxRestarts": 0, "sharing": "exclusive", "maxInstances": 2 }));
    let (kept, crashed) = (host.lease(pool, None), host.lease(pool, None));
    assert!(host.answer(Target::Lease(crashed), None, "exit", r#"{"code":7}"#).is_err());
    host.event("server-quarantined");
    let pid = host.pid_of(kept);
    assert!(host.engine.release(kept));
    assert_eq!(host.answer(Target::Pool(pool), None, "pid", "{}").unwrap(), pid);
}
