//! Starting, ending and reporting of one unit.

use procman::guard::client::GuardEvent;
use procman::guard::protocol::Stage;
use procman::model::{ExitCause, Leftovers};

use crate::support::{Host, helper_path, spec};

#[test]
fn an_exit_code_is_reported() {
    let mut host = Host::new();
    let mut unit = host.spawn(&["exit", "7"]);
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert_eq!((end.exit.code, end.exit.signal.as_deref(), end.exit.cause), (Some(7), None, ExitCause::Exit));
    assert!(end.exit.max_rss_bytes > 100_000, "{end:?}");
    assert_eq!(end.stop.stopped.len() + end.stop.forced.len(), 0);
    host.shutdown();
}

#[test]
fn a_stop_is_term_first() {
    let mut host = Host::new();
    let mut unit = host.spawn(&["sleep"]);
    unit.expect_line("ready");
    host.stop(unit.unit, false, 10_000);
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert_eq!(
        (end.exit.code, end.exit.signal.as_deref(), end.exit.cause),
        (None, Some("SIGTERM"), ExitCause::Stop)
    );
    assert_eq!(end.stop.stopped.len(), 1);
    assert_eq!(end.stop.stopped[0].identity, unit.started.identity);
    assert_eq!(end.stop.stopped[0].ppid, unit.started.shim);
    assert!(!end.stop.stopped[0].name.is_empty());
    host.shutdown();
}

#[test]
fn who_ignores_term_is_killed_after_the_grace() {
    let mut host = Host::new();
    let mut unit = host.spawn(&["ignore-term"]);
    unit.expect_line("ready");
    host.stop(unit.unit, false, 50);
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert_eq!(end.exit.signal.as_deref(), Some("SIGKILL"));
    assert_eq!((end.stop.stopped.len(), end.stop.forced.len()), (0, 1));
    assert!(end.stop.duration_ms >= 50.0);
    host.shutdown();
}

#[test]
fn a_missing_command_is_told_from_a_missing_directory() {
    let mut host = Host::new();
    assert_eq!(host.spawn_fails(&spec("no-such-command", &[], &["PATH=/bin"])).stage, Stage::Lookup);
    assert_eq!(host.spawn_fails(&spec("/no/such/file", &[], &[])).stage, Stage::Exec);
    let mut elsewhere = spec(helper_path(), &["sleep"], &[]);
    elsewhere.cwd = b"/no/such/directory".to_vec();
    assert_eq!(host.spawn_fails(&elsewhere).stage, Stage::Directory);
    host.shutdown();
}

#[test]
fn leftovers_can_be_waited_for() {
    let mut host = Host::new();
    let (output, write) = std::io::pipe().unwrap();
    let unit = host.ask(&spec(helper_path(), &["double-fork"], &[]), &write, Leftovers::Wait, 300);
    drop(write);
    let mut unit = host.started(unit, output);
    unit.expect_line("daemon");
    let exited = host.wait_for(|event| match event {
        GuardEvent::FirstExited(exited) => Ok(exited),
        other => Err(other),
    });
    assert_eq!(exited.code, Some(0), "told at once, and the unit lives on");
    host.stop(unit.unit, false, 5000);
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert_eq!(end.exit.code, Some(0));
    assert_eq!(end.exit.leftovers, 1);
    assert_eq!(end.stop.stopped.len(), 1);
    assert_eq!(end.exit.cause, ExitCause::Stop, "its first process ended long before, and the unit lived on");
    host.shutdown();
}
