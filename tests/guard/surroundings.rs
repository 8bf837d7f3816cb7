//! The guard's program, its ledger, other users, and pid namespaces.

use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use procman::guard::client::{Guard, GuardBinary, GuardOptions, Received};
use procman::sys::{poll, prctl};

use crate::host_process::HostProcess;
use crate::support::{
    Folder, Host, PATIENCE, With, guard_path, helper_path, program_command, wait_for_nobody,
};

fn refusal(path: &Path) -> String {
    let error = GuardBinary::open(path).unwrap_err();
    assert_eq!(error.code().as_str(), "ERR_GUARD");
    assert!(error.message().contains(&path.display().to_string()), "{error}");
    error.message().to_owned()
}

#[test]
fn a_guard_that_cannot_be_run_is_named_with_the_fix() {
    let folder = Folder::new();
    assert!(refusal(&folder.0.join("nothing")).contains("reinstall"));
    assert!(refusal(&folder.0).contains("not a file"));
    let plain = folder.0.join("plain");
    std::fs::write(&plain, "").unwrap();
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refusal(&plain).contains("chmod +x"));
}

#[test]
fn a_guard_on_a_noexec_mount_is_named_with_the_mount() {
    if prctl::effective_uid() != 0 {
        eprintln!("SKIPPED: only root can mount");
        return;
    }
    let folder = Folder::new();
    let script = "mount -t tmpfs -o noexec none \"$1\" && cp \"$2\" \"$1/guard\" && exec \"$2\" open-guard \"$1/guard\"";
    let point = folder.0.to_string_lossy().into_owned();
    let output = program_command("unshare", &["--mount", "sh", "-c", script, "sh", &point, helper_path()])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stdout);
    assert!(message.contains(&format!("the file system at {point} is mounted noexec")), "{output:?}");
}

fn first_answer(program: &str) -> procman::model::Error {
    let mut options = GuardOptions::new().unwrap();
    options.state_dir = Some(std::env::temp_dir());
    let guard = Guard::start(&GuardBinary::open(program).unwrap(), &options).unwrap();
    let error = loop {
        match guard.recv() {
            Ok(Received::WouldBlock) => assert!(poll::is_ready(guard.as_fd(), libc::POLLIN, PATIENCE)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert!(poll::is_ready(guard.pidfd(), libc::POLLIN, PATIENCE));
    guard.reap().unwrap();
    error
}

#[test]
fn a_guard_of_another_version_is_refused_by_name() {
    let error = first_answer(helper_path());
    assert!(error.message().contains("0.0.0-other"), "{error}");
    assert!(error.message().contains(env!("CARGO_PKG_VERSION")), "{error}");
}

/// The kernel reports the requests that it did not read before what it said, which was taken for silence.
#[test]
fn a_guard_of_another_version_that_reads_no_request_is_refused_by_name() {
    let options = GuardOptions::new().unwrap();
    let guard = Guard::start(&GuardBinary::open(helper_path()).unwrap(), &options).unwrap();
    let request = procman::guard::protocol::Request::Shutdown { grace_ms: 0 };
    // One that left before that has nothing unread, and the other test's words.
    let _ = guard.send(&request, &[]);
    assert!(poll::is_ready(guard.pidfd(), libc::POLLIN, PATIENCE));
    let error = guard.recv().unwrap_err();
    assert!(error.message().contains("0.0.0-other"), "{error}");
    guard.reap().unwrap();
}

#[test]
fn a_program_that_is_no_guard_is_refused() {
    let error = first_answer("/bin/true");
    assert!(error.message().contains("before it said that it is a guard"), "{error}");
}

#[test]
fn the_ledger_is_there_before_the_first_unit_and_gone_after_a_clean_end() {
    let mut host = Host::new();
    let folder = host.folder.0.join("guards");
    let ledger = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let before = std::fs::read_to_string(&ledger).unwrap();
    assert!(before.contains(&host.cookie) && before.contains("\"bootId\""), "{before}");
    assert!(host.ready.capabilities.ledger && host.ready.warnings.is_empty());
    let mut unit = host.spawn(&["sleep"]);
    unit.expect_line("ready");
    assert_eq!(std::fs::read_to_string(&ledger).unwrap().lines().count(), 2);
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(ledger.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    host.send(&procman::guard::protocol::Request::Shutdown { grace_ms: 300 }, &[]);
    host.drain();
    host.reap();
    assert!(!ledger.exists());
}

#[test]
fn without_a_ledger_work_goes_on_with_a_warning() {
    let mut host = Host::with(With { state_dir: Some("/proc/nowhere".into()), ..With::default() });
    assert!(!host.ready.capabilities.ledger);
    assert!(host.ready.warnings[0].contains("/proc/nowhere"), "{:?}", host.ready.warnings);
    let unit = host.spawn(&["exit", "3"]);
    assert_eq!(host.ended(unit.unit).exit.code, Some(3));
    host.shutdown();
}

#[test]
fn a_cgroup_is_used_where_there_is_one_and_goes_with_its_guard() {
    let mut host = Host::with(With { cgroup: true, ..With::default() });
    if !host.ready.capabilities.cgroup_kill {
        eprintln!("SKIPPED: no cgroup v2 that this user may write");
        return;
    }
    let mut unit = host.spawn(&["sleep"]);
    unit.expect_line("ready");
    let cgroup = std::fs::read_to_string(format!("/proc/{}/cgroup", unit.started.identity.pid)).unwrap();
    let name = format!("procman-{}/unit-{}", host.guard.pid(), unit.unit);
    assert!(cgroup.lines().any(|line| line.starts_with("0::") && line.ends_with(&name)), "{cgroup}");
    let guard = host.guard.pid();
    host.shutdown();
    assert!(!cgroup_mount().join(format!("procman-{guard}")).exists());
}

/// A guard that is killed cannot remove its cgroup: its last shim does, and the next guard where there was none.
#[test]
fn the_cgroup_of_a_killed_guard_does_not_stay() {
    for units in [0, 2] {
        let mut host = Host::with(With { cgroup: true, ..With::default() });
        if !host.ready.capabilities.cgroup_kill {
            eprintln!("SKIPPED: no cgroup v2 that this user may write");
            return;
        }
        for _ in 0..units {
            host.spawn(&["sleep"]).expect_line("ready");
        }
        procman::sys::signal::kill_child(host.guard.pid(), libc::SIGKILL).unwrap();
        host.reap();
        wait_for_nobody(&host.cookie);
        let next = Host::with(With { cgroup: true, ..With::default() });
        assert!(!cgroup_mount().join(format!("procman-{}", host.guard.pid())).exists(), "{units} units");
        next.shutdown();
    }
}

fn cgroup_mount() -> PathBuf {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    mounts.lines().find(|line| line.contains(" - cgroup2 ")).unwrap().split(' ').nth(4).unwrap().into()
}

/// With nothing to do, nobody wakes up: no context switch of guard or shim while a unit starts and ends beside them.
#[test]
fn an_idle_shim_does_not_wake() {
    let mut host = Host::new();
    let mut idle = host.spawn(&["sleep"]);
    idle.expect_line("ready");
    let switches = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", idle.started.shim)).unwrap();
        status.lines().filter(|line| line.contains("ctxt_switches")).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = loop {
        // Asleep in its one wait.
        let wait = std::fs::read_to_string(format!("/proc/{}/stat", idle.started.shim)).unwrap();
        if wait.contains(") S ") {
            break switches();
        }
    };
    let other = host.spawn(&["exit", "0"]);
    host.ended(other.unit);
    assert_eq!(before, switches());
    host.shutdown();
}

/// The whole file again as a user without rights, from a copy that this user can reach.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests run again as another user, which needs a process of theirs"
)]
fn everything_holds_for_a_user_without_rights() {
    if prctl::effective_uid() != 0 {
        eprintln!("SKIPPED: not root, so the tests ran without rights already");
        return;
    }
    let folder = Folder::new();
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o755)).unwrap();
    let copy = |from: &Path, name: &str| {
        let to = folder.0.join(name);
        std::fs::copy(from, &to).unwrap();
        std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o755)).unwrap();
        to
    };
    let tests = copy(&std::env::current_exe().unwrap(), "tests");
    let guard = copy(guard_path(), "guard");
    let helper = copy(Path::new(helper_path()), "helper");
    let output = std::process::Command::new(tests)
        .args([
            "basics::",
            "adversaries::",
            "deaths::",
            "inheritance::",
            "ledgers::",
            "limits::",
            "sweeps::",
            "--test-threads=2",
        ])
        .env("PROCMAN_TEST_GUARD", guard)
        .env("PROCMAN_TEST_HELPER", helper)
        .env("HOME", "/nonexistent")
        .current_dir("/")
        .uid(65_534)
        .gid(65_534)
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("test result: ok"), "{text}");
}

/// A container's first process is a host too: with it the kernel ends everybody.
#[test]
fn a_host_that_is_the_first_process_of_a_namespace_takes_everybody_along() {
    if prctl::effective_uid() != 0 {
        eprintln!("SKIPPED: only root can make a pid namespace here");
        return;
    }
    let mut host = HostProcess::start_in_namespace("wait", 2, &["tree", "4", "ignore-term"]);
    host.wait_for_line("running");
    host.kill_first_of_namespace();
    host.assert_everybody_goes("pid namespace");
    let mut host = HostProcess::start_in_namespace("stop", 2, &["tree", "4", "ignore-term"]);
    host.assert_everybody_goes("pid namespace, in order");
    assert!(host.output.contains("served"), "{}", host.output);
}
