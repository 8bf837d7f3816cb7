//! Guard and shim at their limits of descriptors and processes: they say so, and keep what they have.

use std::io::Read;
use std::os::fd::AsFd;

use procman::guard::client::GuardEvent;
use procman::guard::protocol::{Request, SpawnRequest, Stage};
use procman::model::Leftovers;
use procman::sys::seqpacket::MAX_FDS;
use procman::sys::{prctl, signal};

use crate::support::{Host, With, helper_path, program_command, spec};

fn limit(pid: i32, limit: &str) {
    let status = program_command("prlimit", &["--pid", &pid.to_string(), limit]).status().unwrap();
    assert!(status.success());
}

/// No new descriptor has a number below it.
fn lowest_free_descriptor(pid: i32) -> u32 {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open: Vec<u32> =
        open.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    (0..).find(|number| !open.contains(number)).unwrap()
}

/// The one child of a process, once it has stopped itself.
fn stopped_child(pid: i32) -> i32 {
    loop {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let Some(child) = children.split_whitespace().next() else { continue };
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        if stat.contains(") T ") {
            return child.parse().unwrap();
        }
    }
}

/// The guard took the cut request for the end of its host, and stopped everybody.
#[test]
fn a_request_whose_descriptors_were_cut_fails_alone() {
    let mut host = Host::new();
    let mut other = host.spawn(&["sleep"]);
    other.expect_line("ready");
    let null = procman::sys::fd::null().unwrap();
    let label = "cut".to_owned();
    let request = SpawnRequest { unit: 77, grace_ms: 0, leftovers: Leftovers::Stop, memory: None, label };
    host.send(&Request::Spawn(request), &[null.as_fd(); MAX_FDS + 1]);
    let failed = host.wait_for(|event| match event {
        GuardEvent::SpawnFailed(failed) => Ok(failed),
        other => Err(other),
    });
    assert_eq!((failed.unit, failed.stage, failed.errno), (77, Stage::Guard, libc::EMFILE));
    host.stop(other.unit, false, 300);
    host.ended(other.unit);
    host.shutdown();
}

/// The guard took the cut word for the end of the shim's, and told that the command had never run.
#[test]
fn a_unit_whose_pidfd_has_no_room_in_the_guard_is_told_as_started() {
    let point = "PROCMAN_FAILPOINT=shim.running=stop-self".to_owned();
    let mut host = Host::with(With { failpoints: vec![point], ..With::default() });
    let (mut output, write) = std::io::pipe().unwrap();
    let unit = host.ask(&spec(helper_path(), &["exit", "7"], &[]), &write, Leftovers::Stop, 300);
    drop(write);
    let shim = stopped_child(host.guard.pid());
    limit(host.guard.pid(), &format!("--nofile={}:", lowest_free_descriptor(host.guard.pid())));
    signal::kill_child(shim, libc::SIGCONT).unwrap();
    let started = host.wait_for(|event| match event {
        GuardEvent::Started(started, _) => Ok(started),
        GuardEvent::SpawnFailed(failed) => panic!("told as not started: {failed:?}"),
        other => Err(other),
    });
    assert_eq!(started.unit, unit);
    assert_eq!(host.ended(unit).exit.code, Some(7));
    output.read_to_end(&mut Vec::new()).unwrap();
    host.shutdown();
}

/// Nobody could tell a limit from a murder: the shim left without a word.
#[test]
fn a_shim_that_may_not_fork_says_so() {
    if prctl::effective_uid() == 0 {
        eprintln!("SKIPPED: no limit of processes holds for root; the run as another user has this");
        return;
    }
    let point = "PROCMAN_FAILPOINT=shim.adopts=stop-self".to_owned();
    let mut host = Host::with(With { failpoints: vec![point], ..With::default() });
    let (_output, write) = std::io::pipe().unwrap();
    let unit = host.ask(&spec(helper_path(), &["exit", "7"], &[]), &write, Leftovers::Stop, 300);
    let shim = stopped_child(host.guard.pid());
    limit(shim, "--nproc=1:");
    signal::kill_child(shim, libc::SIGCONT).unwrap();
    let failed = host.wait_for(|event| match event {
        GuardEvent::SpawnFailed(failed) => Ok(failed),
        other => Err(other),
    });
    assert_eq!((failed.unit, failed.stage, failed.errno), (unit, Stage::Shim, libc::EAGAIN));
    host.shutdown();
}
