use super::*;

fn crash() -> Error {
    Error::new(ErrorCode::ServerExited, "server 'a' exited with code 3")
        .detail("exitCode", 3)
        .detail("stderr", "no module")
}

#[test]
fn quarantine_tells_the_last_exit_and_the_time_of_the_next_try() {
    let (mut restarts, now) = (Restarts::new("a", 1, 7), Instant::now());
    for _ in 0..2 {
        assert_eq!(restarts.quarantine(now), None);
        restarts.died(now, Life { lived: Duration::ZERO, served: false }, Some(&crash()));
    }
    let Permission::Quarantined { until, error } = restarts.permission(now, true) else { panic!() };
    assert_eq!(error.code(), ErrorCode::ServerQuarantined);
    assert_eq!((&error.details()["exitCode"], &error.details()["stderr"]), (&3.into(), &"no module".into()));
    assert!(error.message().contains("failed 2 times") && error.message().contains("code 3"), "{error}");
    let told = error.details()["until"].as_u64().unwrap();
    assert!(told.abs_diff(epoch_ms(now, until)) < 1000);
    assert!(error.is_retryable() && error.message().contains("closeServer('a')"), "{error}");
    let own = restarts.own(true).error(now, until);
    assert!(!own.message().contains("closeServer") && own.message().contains("make a new one"), "{own}");
}

#[test]
fn failures_are_forgotten_when_somebody_says_so() {
    let (mut restarts, now) = (Restarts::new("a", 0, 7), Instant::now());
    restarts.died(now, Life { lived: Duration::ZERO, served: false }, Some(&crash()));
    assert!(matches!(restarts.permission(now, true), Permission::Quarantined { .. }));
    restarts.forgive();
    assert_eq!(restarts.permission(now, false), Permission::Now);
}

#[test]
fn instance_that_served_does_not_count_however_short_its_life() {
    let (mut restarts, now) = (Restarts::new("a", 1, 7), Instant::now());
    for _ in 0..20 {
        restarts.died(now, Life { lived: Duration::ZERO, served: true }, Some(&crash()));
        assert_eq!(restarts.permission(now, false), Permission::Now);
    }
}

#[test]
fn missing_command_is_tried_by_whoever_waits_and_never_quarantined() {
    let (mut restarts, now) = (Restarts::new("a", 0, 7), Instant::now());
    for _ in 0..20 {
        restarts.start_failed(now, &Error::new(ErrorCode::Spawn, "no such file"));
        assert_eq!(restarts.permission(now, true), Permission::Now);
    }
    assert!(matches!(restarts.permission(now, false), Permission::After(at) if at > now));
    assert_eq!(restarts.quarantine(now), None);
}
