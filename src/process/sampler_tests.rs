//! Samples of real processes.
#![expect(clippy::disallowed_methods, reason = "a test starts its own processes")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::*;
use crate::process::reading::percent_of_life;

/// A shell that obeys line by line and answers with one line each.
struct Shell {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Shell {
    fn start() -> Self {
        let mut process =
            Command::new("/bin/sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let orders = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { process, orders, answers }
    }

    fn run(&mut self, line: &str) -> String {
        writeln!(self.orders, "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    fn pid(&self) -> i32 {
        self.process.id().cast_signed()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = writeln!(self.orders, "exit");
        let _ = self.process.wait();
    }
}

#[test]
fn own_process_is_in_it_as_it_is() {
    let table = Sampler::default().sample().unwrap();
    let own = table.get(std::process::id().cast_signed()).unwrap();
    assert_eq!(own.argv, std::env::args().collect::<Vec<_>>());
    assert_eq!(own.exe.as_deref(), std::env::current_exe().unwrap().to_str());
    assert_eq!(own.identity.boot_id, table.boot_id());
    assert!(own.rss_bytes > 1 << 20 && own.threads > 0 && own.started_at <= table.taken_at());
    assert_eq!(procfs::look(own.identity.pid).unwrap().0, own.identity);
    assert!(own.pid_namespace.is_some());
}

#[test]
fn arguments_of_odd_bytes_are_kept() {
    let mut odd = Command::new("/bin/cat");
    odd.arg0("cat").arg(std::ffi::OsStr::from_bytes(b"-")).arg(std::ffi::OsStr::from_bytes(b"\xff\x01"));
    let mut child = odd.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let table = Sampler::default().sample().unwrap();
    let seen = table.get(child.id().cast_signed()).unwrap();
    assert_eq!(seen.argv_raw.as_ref().unwrap()[2], b"\xff\x01");
    assert_eq!(seen.argv[2], "\u{fffd}\u{1}");
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn second_sample_sees_an_exec_under_the_same_identity() {
    let mut shell = Shell::start();
    let mut sampler = Sampler::default();
    let pid = shell.pid();
    let before = sampler.sample().unwrap().get(pid).unwrap().clone();
    // The shell itself becomes another program and answers from there.
    assert_eq!(shell.run("exec sh -c 'echo there; read end' changed"), "there");
    let after = sampler.sample().unwrap().get(pid).unwrap().clone();
    assert_eq!(before.identity, after.identity);
    assert_eq!(after.argv.last().map(String::as_str), Some("changed"));
}

#[test]
fn busy_process_has_a_rate_and_a_sleeping_one_has_none() {
    let mut spinner =
        Command::new("/bin/sh").args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn().unwrap();
    let mut sampler = Sampler::default();
    let pid = spinner.id().cast_signed();
    sampler.sample().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    // A machine may be busy: it is enough that its time counts once it had some.
    let rate = std::iter::repeat_with(|| sampler.sample().unwrap().get(pid).unwrap().cpu_percent)
        .find(|rate| *rate > 5.0 || std::time::Instant::now() > until)
        .unwrap();
    spinner.kill().unwrap();
    spinner.wait().unwrap();
    assert!(rate > 5.0 && rate < 150.0, "{rate}");
}

#[test]
fn first_tick_of_a_young_process_was_a_thousand_percent() {
    assert!((percent_of_life(1, 0.001) - percent_of_life(1, 0.25)).abs() < f64::EPSILON);
    assert!(percent_of_life(1, 0.25) <= 4.0);
    assert!((percent_of_life(100, 2.0) - 50.0).abs() < 1e-9);
    assert!(
        percent_of_life(3, -0.004) <= 12.0,
        "a start time is rounded down to a tick, and may lie behind the sample"
    );
}

#[test]
fn child_whose_parent_died_is_an_orphan_even_with_a_session_of_its_own() {
    let mut parent = Shell::start();
    let pid: i32 = parent.run("setsid sleep 60 > /dev/null & echo $!").parse().unwrap();
    let mut sampler = Sampler::default();
    let seen = |sampler: &mut Sampler| sampler.sample().unwrap().get(pid).unwrap().clone();
    let before = std::iter::repeat_with(|| seen(&mut sampler)).find(|process| process.sid == pid).unwrap();
    drop(parent);
    let after = seen(&mut sampler);
    let unseen = seen(&mut Sampler::default());
    procfs::signal_by_identity(&after.identity, libc::SIGKILL).unwrap();
    assert!(!before.orphan && after.orphan, "{before:?} {after:?}");
    assert!(!unseen.orphan, "who looks only now cannot tell it from a service");
}

#[test]
fn orphan_that_only_a_resample_saw_change_its_parent_is_one_in_the_next_table() {
    let mut parent = Shell::start();
    let pid: i32 = parent.run("setsid sleep 60 > /dev/null & echo $!").parse().unwrap();
    let mut sampler = Sampler::default();
    let table = std::iter::repeat_with(|| sampler.sample().unwrap())
        .find(|table| table.get(pid).is_some_and(|process| process.sid == pid))
        .unwrap();
    drop(parent);
    let resampled = sampler.resample(&[pid], table).unwrap();
    let next = sampler.sample().unwrap();
    let last = sampler.sample().unwrap();
    procfs::signal_by_identity(&next.get(pid).unwrap().identity, libc::SIGKILL).unwrap();
    for table in [resampled, next, last] {
        assert!(table.get(pid).unwrap().orphan, "{:?}", table.get(pid));
    }
}

#[test]
fn everybody_is_there_once_whichever_thread_read_him() {
    let children: Vec<Shell> = std::iter::repeat_with(Shell::start).take(120).collect();
    let before = procfs::all_pids().unwrap();
    let mut sampler = Sampler::default();
    for _ in 0..3 {
        let table = sampler.sample().unwrap();
        let listed: Vec<i32> = table.iter().map(|process| process.identity.pid).collect();
        assert!(listed.is_sorted_by(|one, next| one < next));
        let gone = |pid: &&i32| !listed.contains(pid);
        // Whoever was there before and is there still was there in between.
        let missing: Vec<&i32> =
            before.iter().filter(gone).filter(|pid| procfs::stat(**pid).is_ok()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(children.iter().all(|child| table.get(child.pid()).is_some_and(|seen| seen.name == "sh")));
    }
}

#[test]
fn child_in_the_session_of_a_dead_shell_is_an_orphan_at_first_sight() {
    let mut parent = Shell::start();
    let command = "setsid sh -c 'sleep 60 > /dev/null & echo $!' | cat";
    let pid: i32 = parent.run(command).parse().unwrap();
    drop(parent);
    let process = Sampler::default().sample().unwrap().get(pid).unwrap().clone();
    procfs::signal_by_identity(&process.identity, libc::SIGKILL).unwrap();
    assert!(process.orphan, "{process:?}");
}
