//! Ledgers that no guard of these tests wrote: of other boots, other users, and of people who mean harm. Nobody is ended because of them.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use procman::model::{LedgerState, SweepReport};
use procman::sweep::sweep_ledgers;
use procman::sys::{clock, prctl, procfs};

use crate::host_process::HostProcess;
use crate::support::Folder;
use crate::sweeps::{Bystander, ledgers, quickly, states, sweep};

/// Of one test, and no other that runs beside it.
fn cookie(folder: &Folder) -> String {
    folder.0.file_name().unwrap().to_string_lossy().into_owned()
}

/// Writes a ledger by hand: the head of a real one, changed.
fn forge(folder: &Folder, change: impl Fn(&mut serde_json::Value)) -> PathBuf {
    let guards = folder.0.join("guards");
    std::fs::create_dir_all(&guards).unwrap();
    std::fs::set_permissions(&guards, std::fs::Permissions::from_mode(0o700)).unwrap();
    let gone = serde_json::json!({ "pid": 4_000_000, "startToken": "1", "bootId": procfs::boot_id() });
    let mut head = serde_json::json!({
        "version": "0", "pidNamespace": procfs::pid_namespace(), "uid": prctl::effective_uid(),
        "host": gone, "guard": gone, "sinceBootMs": clock::since_boot().as_millis() as u64, "cookie": format!("PROCMAN_COOKIE={}", cookie(folder)),
    });
    change(&mut head);
    let path = guards.join("4000000-1.jsonl");
    std::fs::write(&path, format!("{head}\n")).unwrap();
    path
}

#[test]
fn a_ledger_of_another_boot_is_removed_and_nobody_is_looked_for() {
    let folder = Folder::new();
    let path = forge(&folder, |head| head["guard"]["bootId"] = "an earlier one".into());
    assert_eq!(states(&sweep(&folder.0)), [LedgerState::Removed]);
    assert!(!path.exists());
}

#[test]
fn a_cookie_that_marks_nobody_ends_nobody() {
    for cookie in
        ["", "PROCMAN_COOKIE=", "PROCMAN_COOKIE=short", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin"]
    {
        let folder = Folder::new();
        let mut bystander =
            Bystander::with("PROCMAN_COOKIE", cookie.strip_prefix("PROCMAN_COOKIE=").unwrap_or(""));
        let path = forge(&folder, |head| head["cookie"] = cookie.into());
        assert_eq!(states(&sweep(&folder.0)), [LedgerState::Left], "{cookie}");
        assert!(path.exists());
        bystander.assert_untouched();
    }
}

#[test]
fn a_ledger_of_another_user_or_of_nobody_knows_where_is_left() {
    for (key, value) in [("uid", 12_345.into()), ("pidNamespace", "elsewhere".into())] {
        let folder = Folder::new();
        let path = forge(&folder, |head| head[key] = serde_json::Value::clone(&value));
        assert_eq!(states(&sweep(&folder.0)), [LedgerState::Left], "{key}");
        assert!(path.exists());
    }
}

/// Whoever does not see all of the machine, or may not ask everybody, has no proof.
#[test]
fn a_ledger_of_another_namespace_stays_until_provably_nobody_is_left_there() {
    if prctl::effective_uid() != 0 {
        let folder = Folder::new();
        let path = forge(&folder, |head| head["pidNamespace"] = "pid:[1]".into());
        assert_eq!(states(&sweep(&folder.0)), [LedgerState::Left]);
        assert!(path.exists());
        return;
    }
    let mut host = HostProcess::start_in_namespace("wait", 2, &["tree", "4", "ignore-term"]);
    host.wait_for_line("running");
    assert_eq!(states(&sweep(&host.state())), [LedgerState::Left]);
    host.kill_first_of_namespace();
    host.assert_everybody_goes("pid namespace");
    let sees_all = procfs::pid_namespace().as_deref() == Some("pid:[4026531836]");
    let expected = if sees_all { LedgerState::Removed } else { LedgerState::Left };
    assert_eq!(states(&sweep(&host.state())), [expected]);
    assert_eq!(ledgers(&host.state()).is_empty(), sees_all);
}

/// The reuse of a number: the one who has it now is not the host, and not the guard.
#[test]
fn a_number_that_was_given_on_is_no_life_and_no_target() {
    let folder = Folder::new();
    let mut stranger = Bystander::with("PROCMAN_COOKIE", "another");
    forge(&folder, |head| head["host"]["pid"] = stranger.pid().into());
    let report = sweep(&folder.0);
    assert_eq!(states(&report), [LedgerState::Swept], "{report:?}");
    stranger.assert_untouched();
}

#[test]
fn files_that_are_no_ledgers_are_named_and_left() {
    let folder = Folder::new();
    let head = std::fs::read_to_string(forge(&folder, |_| {})).unwrap();
    let guards = folder.0.join("guards");
    std::fs::remove_file(guards.join("4000000-1.jsonl")).unwrap();
    let name = |number: u32| guards.join(format!("400000{number}-1.jsonl"));
    std::fs::write(name(1), "not json\n").unwrap();
    std::fs::write(name(2), "{\"version\":\"1\"}\n").unwrap();
    std::fs::write(name(3), "x".repeat(100_000)).unwrap();
    // Somebody else's head under this name.
    std::fs::write(name(4), &head).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", name(5)).unwrap();
    nix::unistd::mkfifo(&name(6), nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::fs::create_dir(name(7)).unwrap();
    std::fs::write(guards.join("4000000-1.jsonl"), &head).unwrap();
    let writable = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(guards.join("4000000-1.jsonl"), writable).unwrap();
    let report = sweep(&folder.0);
    assert_eq!(states(&report), [LedgerState::Unusable; 8], "{report:?}");
    assert!(report.ledgers.iter().all(|ledger| !ledger.detail.is_empty()));
    assert_eq!(ledgers(&folder.0).len(), 8);
}

#[test]
fn a_file_whose_guard_died_before_its_first_line_is_removed() {
    let folder = Folder::new();
    let path = forge(&folder, |_| {});
    std::fs::write(&path, "{\"vers").unwrap();
    assert_eq!(states(&sweep(&folder.0)), [LedgerState::Removed]);
    // One whose guard lives has only begun.
    let (own, _) = procfs::look(std::process::id().cast_signed()).unwrap();
    let begun = folder.0.join(format!("guards/{}-{}.jsonl", own.pid, own.start_token));
    std::fs::write(&begun, "").unwrap();
    assert_eq!(states(&sweep(&folder.0)), [LedgerState::Left]);
    assert!(begun.exists());
}

#[test]
fn a_folder_that_others_may_write_is_refused_by_name() {
    let folder = Folder::new();
    let path = forge(&folder, |_| {});
    let guards = path.parent().unwrap();
    std::fs::set_permissions(guards, std::fs::Permissions::from_mode(0o777)).unwrap();
    let error = sweep_ledgers(&folder.0, &quickly()).unwrap_err();
    assert_eq!(error.code().as_str(), "ERR_CONFIG");
    assert!(
        error.message().contains(&guards.display().to_string()) && error.message().contains("0700"),
        "{error}"
    );
    assert!(path.exists());
    let elsewhere = Folder::new();
    std::os::unix::fs::symlink(guards, elsewhere.0.join("guards")).unwrap();
    assert!(sweep_ledgers(&elsewhere.0, &quickly()).is_err(), "a symlink is no folder");
}

#[test]
fn without_a_folder_there_is_nothing_to_do() {
    let folder = Folder::new();
    let report = sweep(&folder.0);
    assert_eq!(SweepReport { stop: Default::default(), ..report }, SweepReport::default());
    assert!(!folder.0.join("guards").exists(), "and nothing is made");
}

/// A guard that ends its units needs no help, and is not taken for a dead one.
#[test]
fn the_units_of_a_living_guard_without_a_host_are_left_to_it() {
    let folder = Folder::new();
    let mut unit = Bystander::with("PROCMAN_COOKIE", &cookie(&folder));
    let (guard, _) = procfs::look(std::process::id().cast_signed()).unwrap();
    let forged = forge(&folder, |head| head["guard"] = serde_json::to_value(&guard).unwrap());
    let path = forged.with_file_name(format!("{}-{}.jsonl", guard.pid, guard.start_token));
    std::fs::rename(forged, &path).unwrap();
    assert_eq!(states(&sweep(&folder.0)), [LedgerState::Left]);
    unit.assert_untouched();
    // A control: the same, once its guard is gone.
    std::fs::remove_file(path).unwrap();
    forge(&folder, |_| {});
    let report = sweep(&folder.0);
    assert_eq!(states(&report), [LedgerState::Swept]);
    assert_eq!(report.stop.stopped.len() + report.stop.forced.len(), 1, "{report:?}");
}
