//! Numbers that are given on between choosing a process and killing it: no stranger is ever hit. Forced, round after round, in a pid namespace of
//! the test's own, where the next number can be set. Needs root; says so and passes without.

#![expect(clippy::disallowed_methods, reason = "a test starts its own processes")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use procman::model::ProcessIdentity;
use procman::process::Sampler;
use procman::process::stop::{Criteria, StopOptions, Target, Tools, stop};
use procman::sys::{pidfd, procfs};

/// The tests below that run inside of the namespace.
const INSIDE: [&str; 5] = [
    "inside_next_table_knows_the_stranger",
    "inside_identity_by_inode",
    "inside_held_while_the_inode_is_known",
    "inside_held_on_an_old_kernel",
    "inside_start_time_alone_hits_strangers",
];

#[test]
fn no_stranger_is_signalled_and_start_time_alone_would() {
    if procfs::stat(std::process::id().cast_signed()).unwrap().uid != 0 {
        eprintln!("skipped: a pid namespace needs root");
        return;
    }
    let program = std::env::current_exe().unwrap();
    for name in INSIDE {
        let mut inside = Command::new("unshare");
        inside.args(["--pid", "--fork", "--mount-proc"]).arg(&program);
        let output = inside.args(["--ignored", "--exact", name, "--nocapture"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{name}: {text}{errors}");
    }
}

fn rounds() -> usize {
    if std::env::var("PROCMAN_SOAK").is_ok_and(|value| value == "1") { 1000 } else { 40 }
}

fn sleeper() -> Child {
    Command::new("sleep").arg("60").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

fn pid(child: &Child) -> i32 {
    child.id().cast_signed()
}

/// The victim ends, and a stranger of the same name and arguments has its number.
fn give_on(mut victim: Child) -> Child {
    let number = victim.id();
    victim.kill().unwrap();
    victim.wait().unwrap();
    loop {
        std::fs::write("/proc/sys/kernel/ns_last_pid", (number - 1).to_string()).unwrap();
        let mut stranger = sleeper();
        if stranger.id() == number {
            return stranger;
        }
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
}

/// Whether it lives; it ends with the question.
fn lived(mut stranger: Child) -> bool {
    let alive = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    alive
}

fn stop_it(target: Target, criteria: Option<&Criteria>) {
    let sampler = Mutex::new(Sampler::default());
    let tools = Tools { sampler: &sampler, guard: None };
    let options = StopOptions { force: true, ..StopOptions::default() };
    let report = stop(&[target], &options, criteria, tools).unwrap().into_result().unwrap();
    assert!(report.forced.is_empty() && report.survivors.is_empty(), "{report:?}");
}

#[test]
#[ignore = "run inside of a pid namespace by the test above"]
fn inside_identity_by_inode() {
    for round in 0..rounds() {
        let victim = sleeper();
        let (identity, _) = procfs::look(pid(&victim)).unwrap();
        let stranger = give_on(victim);
        stop_it(Target::Process(identity), None);
        assert!(lived(stranger), "round {round}");
    }
}

/// What a table takes over from the one before is never taken over for a stranger.
#[test]
#[ignore = "run inside of a pid namespace by the test above"]
fn inside_next_table_knows_the_stranger() {
    let mut sampler = Sampler::default();
    let mut token = |pid: i32| sampler.sample().unwrap().get(pid).unwrap().identity.start_token.clone();
    for round in 0..rounds() {
        let victim = sleeper();
        let number = pid(&victim);
        let before = token(number);
        assert_eq!(before, token(number), "round {round}");
        let stranger = give_on(victim);
        assert_ne!(before, token(number), "round {round}");
        assert!(lived(stranger));
    }
}

/// Between the second look and the signal.
fn give_on_while_held() -> bool {
    let victim = sleeper();
    let number = pid(&victim);
    let (victim, stranger) = (Mutex::new(Some(victim)), Arc::new(Mutex::new(None)));
    let (asked, slot) = (AtomicBool::new(false), Arc::clone(&stranger));
    let criteria = move |_: &procman::model::ProcessInfo| {
        asked.store(true, Ordering::Relaxed);
        *slot.lock() = victim.lock().take().map(give_on);
        Ok(())
    };
    stop_it_by_number(number, &criteria);
    let stranger = stranger.lock().take().unwrap();
    lived(stranger)
}

fn stop_it_by_number(number: i32, criteria: &Criteria) {
    stop_it(Target::Pid(number), Some(criteria));
}

#[test]
#[ignore = "run inside of a pid namespace by the test above"]
fn inside_held_while_the_inode_is_known() {
    assert!((0..rounds()).all(|_| give_on_while_held()));
}

#[test]
#[ignore = "run inside of a pid namespace by the test above"]
fn inside_held_on_an_old_kernel() {
    pidfd::pretend_old_kernel(true);
    assert!((0..rounds()).all(|_| give_on_while_held()));
}

/// Negative control: the same change of hands, and a killer that compares start times.
#[test]
#[ignore = "run inside of a pid namespace by the test above"]
fn inside_start_time_alone_hits_strangers() {
    pidfd::pretend_old_kernel(true);
    let mut hit = 0;
    for _ in 0..rounds() {
        let victim = sleeper();
        let (identity, _) = procfs::look(pid(&victim)).unwrap();
        let stranger = give_on(victim);
        kill_by_start_time(&identity);
        hit += usize::from(!lived_after_signal(stranger));
    }
    assert!(hit > rounds() / 2, "{hit} of {}", rounds());
    println!("start time alone hit {hit} of {} strangers", rounds());
}

fn kill_by_start_time(identity: &ProcessIdentity) {
    // Compares the start time, because there is no inode.
    let _ = procfs::signal_by_identity(identity, libc::SIGKILL);
}

/// A signal that was sent to it has arrived by now: it is dead, or nobody sent one.
fn lived_after_signal(stranger: Child) -> bool {
    let hold = pidfd::open(pid(&stranger)).unwrap();
    let dead = procman::sys::poll::is_ready(hold.as_fd(), libc::POLLIN, std::time::Duration::from_millis(20));
    lived(stranger) && !dead
}
