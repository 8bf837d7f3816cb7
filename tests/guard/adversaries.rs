//! Units of bad manners: whatever they do, an `Ended` means that the kernel knows of nobody.

use std::io::Read;
use std::path::PathBuf;

use crate::support::{Host, With, helper_command, rounds};

/// Starts the manners, stops them by force, and asks the kernel at the moment of the report.
fn never_a_false_done(with: With, manners: &[&str], rounds: u32, force: bool) {
    let mut host = Host::with(with);
    for _ in 0..rounds {
        let mut unit = host.spawn(manners);
        unit.expect_line("ready");
        host.stop(unit.unit, force, 20);
        let end = host.ended(unit.unit);
        // Told apart: who outlived the time of the kill loop is a survivor, and no false "done".
        assert!(end.exit.survivors.is_empty(), "{} survive: {end:?}", end.exit.survivors.len());
        unit.assert_output_is_closed();
    }
    host.shutdown();
}

#[test]
fn a_fork_chain_does_not_outrun_the_kill_loop() {
    never_a_false_done(With::default(), &["chain"], rounds(40, 1000), true);
}

#[test]
fn a_fork_chain_of_sessions_does_not_outrun_the_kill_loop() {
    never_a_false_done(With::default(), &["chain", "setsid"], rounds(40, 1000), true);
}

#[test]
fn a_fork_and_exec_chain_does_not_outrun_the_kill_loop() {
    never_a_false_done(With::default(), &["chain", "exec"], rounds(40, 1000), true);
}

#[test]
fn a_fork_and_exec_chain_of_sessions_does_not_outrun_the_kill_loop() {
    never_a_false_done(With::default(), &["chain", "setsid", "exec"], rounds(40, 1000), true);
}

#[test]
fn a_bomb_is_ended() {
    never_a_false_done(With::default(), &["bomb", "100"], rounds(10, 300), true);
}

#[test]
fn a_bomb_of_sessions_is_ended() {
    never_a_false_done(With::default(), &["bomb", "100", "setsid"], rounds(10, 300), true);
}

#[test]
fn a_bomb_that_gets_a_grace_is_ended() {
    never_a_false_done(With::default(), &["bomb", "100", "setsid"], rounds(3, 100), false);
}

#[test]
fn where_there_is_a_cgroup_the_same_holds() {
    for manners in [["chain", "setsid", "exec"], ["bomb", "100", "setsid"]] {
        never_a_false_done(With { cgroup: true, ..With::default() }, &manners, rounds(10, 300), true);
    }
}

/// A processor that a crowd below keeps from a killed process does the same by chance: regression of a bomb that outlived the loop.
#[test]
fn what_is_below_a_process_that_cannot_die_is_ended() {
    let mut host = Host::new();
    let mut unit = host.spawn(&["session-below"]);
    unit.expect_line("ready");
    let first = unit.started.identity.pid;
    let Some(frozen) = Frozen::new(first) else { return };
    host.stop(unit.unit, true, 0);
    let end = host.ended(unit.unit);
    let survivors: Vec<i32> =
        end.exit.survivors.iter().map(|survivor| survivor.process.identity.pid).collect();
    assert_eq!(survivors, [first], "{end:?}");
    drop(frozen);
    host.shutdown();
    unit.assert_output_is_closed();
}

#[test]
fn what_forks_on_sigterm_is_ended() {
    never_a_false_done(With::default(), &["fork-on-term", "20"], rounds(5, 100), false);
}

#[test]
fn a_double_forked_session_that_ignores_term_is_ended() {
    let mut host = Host::new();
    let mut unit = host.spawn(&["double-fork", "stay", "ignore-term"]);
    unit.expect_line("daemon");
    // Enough for the one that ends by SIGTERM, on a machine that has other work too.
    host.stop(unit.unit, false, 1000);
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert_eq!((end.stop.stopped.len(), end.stop.forced.len()), (1, 1), "{end:?}");
    host.shutdown();
}

#[test]
fn what_the_first_process_leaves_is_ended_and_counted() {
    let mut host = Host::new();
    let mut unit = host.spawn(&["double-fork", "ignore-term"]);
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert_eq!((end.exit.code, end.exit.leftovers), (Some(0), 1), "{end:?}");
    host.shutdown();
}

#[test]
fn a_large_report_arrives_whole() {
    let mut host = Host::new();
    let mut unit = host.spawn(&["tree", "150"]);
    unit.expect_line("ready");
    host.stop(unit.unit, true, 0);
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert!(end.stop.forced.len() >= 150, "{}", end.stop.forced.len());
    assert!(
        end.stop.forced.iter().all(|process| process.ppid > 1 && !process.identity.start_token.is_empty())
    );
    host.shutdown();
}

/// A process that no signal reaches, SIGKILL neither, until this goes.
struct Frozen(PathBuf);

impl Frozen {
    /// `None`, which is said, where the machine cannot: the freezer of cgroups v1 is needed, and that of v2 lets SIGKILL through.
    fn new(pid: i32) -> Option<Self> {
        let folder = PathBuf::from(format!("/sys/fs/cgroup/freezer/procman-test-{pid}"));
        if std::fs::create_dir(&folder).is_err() {
            eprintln!("SKIPPED: no freezer that this user may write");
            return None;
        }
        let frozen = Self(folder);
        frozen.write("cgroup.procs", &pid.to_string());
        frozen.write("freezer.state", "FROZEN");
        while std::fs::read_to_string(frozen.0.join("freezer.state")).unwrap().trim() != "FROZEN" {
            std::thread::yield_now();
        }
        Some(frozen)
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.join(file), text).unwrap();
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.write("freezer.state", "THAWED");
        while std::fs::remove_dir(&self.0).is_err() {
            std::thread::yield_now();
        }
    }
}

/// How often the control is given the chance to be wrong; the more cores are free, the more it needs.
const ROUNDS_OF_CONTROL: u32 = 3000;

/// The negative control: the same chain against a loop that trusts one reading of `children`.
#[test]
fn a_loop_that_trusts_one_reading_is_wrong() {
    let wrong = (0..ROUNDS_OF_CONTROL).any(|_| {
        let mut naive = helper_command(&["naive-stop", "setsid", "exec"]);
        let (mut output, write) = std::io::pipe().unwrap();
        let mut child = naive.stdout(write).spawn().unwrap();
        drop(naive);
        let mut verdict = String::new();
        output.read_to_string(&mut verdict).unwrap();
        child.wait().unwrap();
        verdict.contains("wrong")
    });
    assert!(wrong, "the chain is too slow to show anything");
}
