//! Two or three of host, guard and shim die in one instant: what they left is there, and the sweep ends it, it and nobody else.

use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use procman::model::{LedgerState, SweepReport};
use procman::sweep::{LedgerSweep, sweep_ledgers};
use procman::sys::{pidfd, poll, prctl, procfs};

use crate::deaths::wait_until_stopped;
use crate::host_process::HostProcess;
use crate::support::{Host, PATIENCE, assert_nobody, carriers, helper_command, wait_for_nobody};

/// A tree that ignores SIGTERM, with a double-forked session leader in it.
const STUBBORN: &[&str] = &["tree", "4", "ignore-term"];

pub(crate) fn quickly() -> LedgerSweep {
    LedgerSweep { grace: Duration::from_millis(100), lock_patience: PATIENCE, ..LedgerSweep::default() }
}

pub(crate) fn sweep(state: &Path) -> SweepReport {
    sweep_ledgers(state, &quickly()).unwrap()
}

pub(crate) fn states(report: &SweepReport) -> Vec<LedgerState> {
    report.ledgers.iter().map(|ledger| ledger.state).collect()
}

pub(crate) fn ledgers(state: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(state.join("guards")).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect()
}

/// Stops them all, so that none can react to the death of another, and kills them: shims first, because the kernel wakes a stopped shim
/// whose guard dies.
pub(crate) fn kill_in_one_instant(pids: &[i32]) {
    let holds: Vec<_> = pids.iter().map(|pid| pidfd::open(*pid).unwrap()).collect();
    for (hold, pid) in holds.iter().zip(pids) {
        pidfd::send_signal(hold.as_fd(), libc::SIGSTOP).unwrap();
        while !matches!(procfs::stat(*pid).unwrap().state, b'T' | b'Z') {
            std::thread::yield_now();
        }
    }
    let first: Vec<_> = pids.iter().filter_map(|pid| first_of_shim(*pid)).flat_map(pidfd::open).collect();
    for hold in &holds {
        pidfd::send_signal(hold.as_fd(), libc::SIGKILL).unwrap();
    }
    // Their first processes are killed by the kernel, each a moment after its parent.
    for hold in holds.iter().chain(&first) {
        assert!(poll::is_ready(hold.as_fd(), libc::POLLIN, PATIENCE));
    }
}

/// The kernel lists children in the order in which they came: what a shim adopted stands behind what it forked.
fn first_of_shim(pid: i32) -> Option<i32> {
    let mut children = Vec::new();
    procfs::children(pid, 1, &mut children).unwrap();
    children.first().copied().filter(|_| procfs::stat(pid).unwrap().name == "procman-shim")
}

/// A host with one unit, and who is above it: shim, guard, host.
fn host_with_unit(manners: &[&str]) -> (HostProcess, [i32; 3]) {
    host_with_failpoint("", manners)
}

fn host_with_failpoint(failpoint: &str, manners: &[&str]) -> (HostProcess, [i32; 3]) {
    let mut host = HostProcess::start("wait", failpoint, 1, manners);
    host.wait_for_lines(&["running", if manners.contains(&"tree") { "ready" } else { "daemon" }]);
    let shim =
        carriers(&host.cookie).into_iter().find(|pid| procfs::stat(*pid).unwrap().name == "procman-shim");
    let shim = shim.expect("a shim");
    let guard = procfs::stat(shim).unwrap().ppid;
    (host, [shim, guard, procfs::stat(guard).unwrap().ppid])
}

/// What carries the cookie and is no guard and no shim.
fn units(cookie: &str) -> Vec<i32> {
    let is_above = |name: &str| matches!(name, "procman-guard" | "procman-shim");
    let is_unit = |pid: &i32| procfs::stat(*pid).is_ok_and(|stat| !is_above(&stat.name));
    carriers(cookie).into_iter().filter(is_unit).collect()
}

/// Leaves the members of a unit of which host, guard and shim died in one instant.
fn abandoned(manners: &[&str]) -> HostProcess {
    let (mut host, above) = host_with_unit(manners);
    kill_in_one_instant(&above);
    host.reap();
    assert!(!units(&host.cookie).is_empty(), "nobody was left to sweep");
    host
}

#[test]
fn all_three_die_and_the_sweep_ends_what_they_left() {
    let mut host = abandoned(STUBBORN);
    let report = sweep(&host.state());
    assert_nobody(&host.cookie);
    assert_eq!(states(&report), [LedgerState::Swept], "{report:?}");
    assert!(!report.stop.forced.is_empty(), "they ignore SIGTERM: {report:?}");
    assert!(report.stop.survivors.is_empty() && report.stop.refused.is_empty(), "{report:?}");
    assert_eq!(ledgers(&host.state()), Vec::<PathBuf>::new());
    host.assert_everybody_goes("all three");
    assert!(sweep(&host.state()).ledgers.is_empty());
}

#[test]
fn leftovers_that_heed_sigterm_are_not_killed() {
    let host = abandoned(&["double-fork", "stay"]);
    let how = LedgerSweep { grace: PATIENCE, ..quickly() };
    let report = sweep_ledgers(&host.state(), &how).unwrap();
    assert!(report.stop.forced.is_empty() && !report.stop.stopped.is_empty(), "{report:?}");
    assert_eq!(states(&report), [LedgerState::Swept]);
    assert_nobody(&host.cookie);
}

/// Without rights nobody may read the environment of a process that is giving back its memory.
#[test]
fn a_process_that_was_ending_was_taken_for_one_that_lets_nobody_look() {
    let host = abandoned(&["double-fork", "stay"]);
    let mut command = helper_command(&["fill", "768"]);
    let mut large = Bystander(command.stdout(Stdio::piped()).spawn().unwrap());
    let said = BufReader::new(large.0.stdout.as_mut().unwrap()).lines();
    assert!(said.map_while(Result::ok).any(|line| line == "filled 768"));
    large.0.kill().unwrap();
    let report = sweep(&host.state());
    assert_eq!(states(&report), [LedgerState::Swept], "{report:?}");
    assert_nobody(&host.cookie);
}

#[test]
fn host_and_guard_die_and_the_shim_ends_its_unit() {
    let (mut host, [_, guard, own]) = host_with_unit(STUBBORN);
    kill_in_one_instant(&[guard, own]);
    let report = sweep(&host.state());
    assert_nobody(&host.cookie);
    assert_eq!(states(&report), [LedgerState::Swept], "{report:?}");
    assert!(report.stop.forced.is_empty(), "the shim was there to do it: {report:?}");
    host.assert_everybody_goes("host and guard");
}

#[test]
fn host_and_shim_die_and_the_guard_ends_the_unit() {
    let (mut host, [shim, _, own]) = host_with_unit(STUBBORN);
    kill_in_one_instant(&[shim, own]);
    host.assert_everybody_goes("host and shim");
    assert_eq!(ledgers(&host.state()), Vec::<PathBuf>::new(), "the guard left in order");
}

#[test]
fn guard_and_shim_die_and_their_host_sweeps_behind_them() {
    let mut host = Host::new();
    let mut unit = host.spawn(STUBBORN);
    unit.expect_line("ready");
    kill_in_one_instant(&[unit.started.shim, host.guard.pid()]);
    assert!(!units(&host.cookie).is_empty(), "nobody was left to sweep");
    // Not yet reaped, which makes it no less dead.
    let report = sweep(&host.folder.0);
    host.reap();
    assert_eq!(states(&report), [LedgerState::Swept], "{report:?}");
    assert_nobody(&host.cookie);
    unit.assert_output_is_closed();
}

/// The kernel wakes a shim that was stopped when its guard died, and none that is stopped after that.
#[test]
fn a_stopped_shim_without_a_guard_is_woken_and_ends_its_unit() {
    let stops = "PROCMAN_FAILPOINT=shim.stop.listed=stop-self";
    let (mut host, [shim, guard, own]) = host_with_failpoint(stops, STUBBORN);
    kill_in_one_instant(&[guard, own]);
    host.reap();
    wait_until_stopped(shim);
    assert!(!units(&host.cookie).is_empty());
    let report = sweep(&host.state());
    assert_eq!(states(&report), [LedgerState::Swept], "{report:?}");
    assert!(report.stop.forced.is_empty(), "the shim was there to do it: {report:?}");
    assert_nobody(&host.cookie);
    host.assert_everybody_goes("stopped shim");
}

/// The same for a guard: it is alive, so its units are not the sweep's, but stopped it is of no use to them.
#[test]
fn a_stopped_guard_without_a_host_is_woken_and_ends_its_units() {
    let (mut host, [_, guard, own]) = host_with_unit(STUBBORN);
    let hold = pidfd::open(guard).unwrap();
    pidfd::send_signal(hold.as_fd(), libc::SIGSTOP).unwrap();
    wait_until_stopped(guard);
    kill_in_one_instant(&[own]);
    host.reap();
    assert!(!units(&host.cookie).is_empty());
    let report = sweep(&host.state());
    assert_eq!(states(&report), [LedgerState::Woken], "{report:?}");
    host.assert_everybody_goes("stopped guard");
    assert_eq!(ledgers(&host.state()), Vec::<PathBuf>::new());
}

/// Negative control: the same cookie, user and folder, but a host that lives.
#[test]
fn the_units_of_a_living_host_are_not_touched() {
    let (mut host, [shim, guard, _]) = host_with_unit(STUBBORN);
    let before = units(&host.cookie);
    let report = sweep(&host.state());
    assert_eq!(states(&report), [LedgerState::Left], "{report:?}");
    assert_eq!(units(&host.cookie), before);
    // Nor when its guard is gone: the host sees to that itself.
    kill_in_one_instant(&[shim, guard]);
    let left = units(&host.cookie);
    assert!(!left.is_empty());
    let report = sweep(&host.state());
    assert_eq!(states(&report), [LedgerState::Left], "{report:?}");
    assert_eq!(units(&host.cookie), left);
    host.kill();
    assert_eq!(states(&sweep(&host.state())), [LedgerState::Swept]);
    host.assert_everybody_goes("living host");
}

/// Children of the test with an environment that only looks like a leftover's.
pub(crate) struct Bystander(Child);

impl Bystander {
    pub(crate) fn with(variable: &str, value: &str) -> Self {
        let mut command = helper_command(&["sleep"]);
        let mut child = command.env(variable, value).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }

    pub(crate) fn pid(&self) -> i32 {
        self.0.id().cast_signed()
    }

    pub(crate) fn assert_untouched(&mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "a bystander was ended");
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_similar_environment_is_none() {
    let host = abandoned(STUBBORN);
    let cookie = host.cookie.clone();
    let mut bystanders = [
        Bystander::with("PROCMAN_COOKIE", &format!("{cookie}0")),
        Bystander::with("PROCMAN_COOKIE", &cookie[..cookie.len() - 1]),
        Bystander::with("PROCMAN_COOKIE", ""),
        Bystander::with("OTHER", &format!("PROCMAN_COOKIE={cookie}")),
        Bystander::with("XPROCMAN_COOKIE", &cookie),
    ];
    assert_eq!(states(&sweep(&host.state())), [LedgerState::Swept]);
    bystanders.iter_mut().for_each(Bystander::assert_untouched);
    assert_nobody(&cookie);
}

#[test]
fn what_the_user_keeps_is_named_and_not_touched() {
    let host = abandoned(STUBBORN);
    let mut command = helper_command(&["sleep"]);
    command.env("PROCMAN_COOKIE", &host.cookie).env("PROCMAN_KEEP", "1").stdout(Stdio::piped());
    let mut kept = Bystander(command.spawn().unwrap());
    BufReader::new(kept.0.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    let report = sweep(&host.state());
    assert_eq!(states(&report), [LedgerState::Kept], "{report:?}");
    assert_eq!(report.stop.refused.iter().map(|refused| refused.pid).collect::<Vec<_>>(), [kept.pid()]);
    assert!(report.stop.refused[0].reason.contains("PROCMAN_KEEP"));
    assert_eq!(units(&host.cookie), [kept.pid()], "the others are gone");
    kept.0.kill().unwrap();
    kept.0.wait().unwrap();
    assert_eq!(states(&sweep(&host.state())), [LedgerState::Swept], "and is looked at again");
}

/// The cookie alone would have the sweep end its own process, its parents, or its children.
#[test]
fn a_sweep_from_within_the_unit_does_nothing() {
    let host = abandoned(STUBBORN);
    let before = units(&host.cookie);
    let mut command = helper_command(&["sweep", host.state().to_str().unwrap()]);
    let output = command.env("PROCMAN_COOKIE", &host.cookie).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("one of its own") && text.contains("\"left\""), "{text}");
    assert_eq!(units(&host.cookie), before);
    // The same program from elsewhere: a control.
    let output = helper_command(&["sweep", host.state().to_str().unwrap()]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("\"swept\""));
    assert_nobody(&host.cookie);
}

#[test]
fn a_dry_run_tells_and_does_nothing() {
    let host = abandoned(STUBBORN);
    let before = units(&host.cookie);
    let report = sweep_ledgers(&host.state(), &LedgerSweep { dry_run: true, ..quickly() }).unwrap();
    assert_eq!(states(&report), [LedgerState::ToSweep]);
    let mut found: Vec<i32> = report.found.iter().map(|process| process.identity.pid).collect();
    found.sort_unstable();
    assert_eq!(found, before);
    assert_eq!(units(&host.cookie), before);
    assert_eq!(ledgers(&host.state()).len(), 1);
    sweep(&host.state());
    assert_nobody(&host.cookie);
}

/// Each start of a short command asks politely, and none lives long enough to insist.
#[test]
fn a_grace_that_an_earlier_sweep_gave_counts() {
    let host = abandoned(STUBBORN);
    let ledger = ledgers(&host.state()).remove(0);
    let mut text = std::fs::read_to_string(&ledger).unwrap();
    text.push_str("{\"askedAt\":1}\n");
    std::fs::write(&ledger, text).unwrap();
    let how = LedgerSweep { grace: Duration::from_secs(600), ..quickly() };
    let report = sweep_ledgers(&host.state(), &how).unwrap();
    assert!(report.stop.duration_ms < 60_000.0 && !report.stop.forced.is_empty(), "{report:?}");
    assert_nobody(&host.cookie);
}

#[test]
fn of_two_sweeps_at_once_one_does_the_work() {
    let host = abandoned(STUBBORN);
    let state = host.state();
    let both = std::thread::scope(|scope| {
        let sweeps = [(); 2].map(|()| scope.spawn(|| sweep(&state)));
        sweeps.map(|sweep| sweep.join().unwrap())
    });
    let swept = both.iter().filter(|report| states(report) == [LedgerState::Swept]).count();
    assert_eq!(swept, 1, "{both:?}");
    assert_nobody(&host.cookie);
    let lock = std::fs::File::open(state.join("guards/sweep.lock")).unwrap();
    lock.lock().unwrap();
    // Work is there again, and somebody else is at it.
    std::fs::write(state.join("guards/4000000-1.jsonl"), "").unwrap();
    let impatient = LedgerSweep { lock_patience: Duration::ZERO, ..quickly() };
    assert!(sweep_ledgers(&state, &impatient).unwrap().busy);
}

/// A member that changed its user carries the cookie and is another's.
#[test]
fn a_member_that_became_another_user_is_named_and_not_touched() {
    if prctl::effective_uid() != 0 {
        eprintln!("SKIPPED: only root can become another user");
        return;
    }
    let host = abandoned(STUBBORN);
    let mut command =
        crate::support::program_command("setpriv", &["--reuid", "65534", "--clear-groups", "sleep", "600"]);
    let mut other = Bystander(command.env("PROCMAN_COOKIE", &host.cookie).spawn().unwrap());
    // In the middle of an exec it has its new name and no environment.
    let environ = format!("/proc/{}/environ", other.pid());
    while procfs::stat(other.pid()).unwrap().name != "sleep" || std::fs::read(&environ).unwrap().is_empty() {
        std::thread::yield_now();
    }
    let report = sweep(&host.state());
    assert_eq!(states(&report), [LedgerState::Kept], "{report:?}");
    assert!(
        report
            .stop
            .refused
            .iter()
            .any(|refused| refused.pid == other.pid() && refused.reason.contains("65534"))
    );
    other.assert_untouched();
    drop(other);
    assert_eq!(states(&sweep(&host.state())), [LedgerState::Swept]);
    wait_for_nobody(&host.cookie);
}
