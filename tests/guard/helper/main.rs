//! The programs that the guard's tests run as units: small, single-threaded, and of bad manners on request.
//!
//! Each takes its manners as the first argument. Whoever of them lives holds the write end of stdout, so the end of that pipe is the
//! kernel's word that all are gone.

mod host;

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use procman::sys::fork::{self, Fork};
use procman::sys::wait::{self, Reap, Which};
use procman::sys::{poll, prctl, signal};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["sleep"] => say_and_wait("ready"),
        ["exit", code] => fork::leave(code.parse().expect("a code")),
        ["ignore-term"] => {
            signal::ignore(&[libc::SIGTERM]);
            say_and_wait("ready");
        }
        ["double-fork", rest @ ..] => double_fork(rest),
        ["session-below"] => {
            child(|| {
                prctl::new_session().expect("a session");
                say_and_wait("ready");
            });
            wait_for_ever();
        }
        ["tree", count, rest @ ..] => tree(count.parse().expect("a count"), rest),
        ["chain", rest @ ..] => {
            say("ready");
            chains(rest);
        }
        // The chain after an exec.
        ["link", rest @ ..] => chain(rest.contains(&"setsid"), true),
        ["bomb", limit, rest @ ..] => bomb(limit.parse().expect("a limit"), rest.contains(&"setsid")),
        ["fork-on-term", count] => fork_on_term(count.parse().expect("a count")),
        ["fill", megabytes] => fill(megabytes.parse().expect("a size")),
        // It is the child whom the kernel finds to be the largest.
        ["below-fill", megabytes] => {
            child(|| fill(megabytes.parse().expect("a size")));
            wait_for_ever();
        }
        ["print-env", name] => say(&std::env::var(name).unwrap_or_default().len().to_string()),
        ["describe"] => describe(),
        ["open-guard", path] => {
            let refused = procman::guard::client::GuardBinary::open(path).expect_err("a refusal");
            say(&refused.to_string());
        }
        ["sweep", state] => sweep(state),
        ["naive-stop", rest @ ..] => naive_stop(rest),
        ["host", rest @ ..] => host::run(rest),
        [version, _host, _mode] if version.starts_with(char::is_numeric) => greet_as_another_version(),
        other => panic!("unknown manners: {other:?}"),
    }
}

/// A sweep by a process whose environment the test chooses.
fn sweep(state: &str) {
    let how = procman::sweep::LedgerSweep { grace: Duration::ZERO, ..Default::default() };
    let report = procman::sweep::sweep_ledgers(state.as_ref(), &how).expect("a sweep");
    say(&serde_json::to_string(&report).expect("JSON"));
}

fn say(text: &str) {
    let mut out = std::io::stdout();
    // A test that has seen enough may have closed its end.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

fn say_and_wait(text: &str) -> ! {
    say(text);
    wait_for_ever()
}

fn wait_for_ever() -> ! {
    loop {
        let mut none = poll::PollSet::default();
        none.wait(None).expect("a wait");
    }
}

fn child(run: impl FnOnce()) -> OwnedFd {
    match fork::plain().expect("a fork") {
        Fork::Child => {
            run();
            fork::leave(0)
        }
        Fork::Parent { pidfd, .. } => pidfd,
    }
}

/// A daemon's start: the grandchild leads a session and its parents are gone.
fn double_fork(manners: &[&str]) {
    let middle = child(|| {
        prctl::new_session().expect("a session");
        child(|| {
            if manners.contains(&"ignore-term") {
                signal::ignore(&[libc::SIGTERM]);
            }
            say_and_wait("daemon");
        });
    });
    poll::is_ready(middle.as_fd(), libc::POLLIN, Duration::from_secs(60));
    if manners.contains(&"stay") {
        wait_for_ever();
    }
}

/// `count` processes, ten a branch, the last a double-forked session leader.
fn tree(count: u32, manners: &[&str]) {
    if manners.contains(&"ignore-term") {
        signal::ignore(&[libc::SIGTERM]);
    }
    let mut left = count - 1;
    double_fork(manners);
    let (mut here, present) = std::io::pipe().expect("a pipe");
    let present = &present;
    let report = move || drop((&*present).write_all(b"."));
    while left > 0 {
        let branch = left.min(10);
        left -= branch;
        child(move || {
            for _ in 1..branch {
                child(|| {
                    report();
                    wait_for_ever()
                });
            }
            report();
            wait_for_ever();
        });
    }
    here.read_exact(&mut vec![0; count as usize - 1]).expect("everybody");
    // A host of its own waits for this.
    let _ = std::io::stderr().write_all(b".");
    say_and_wait("ready");
}

/// Six chains side by side.
fn chains(manners: &[&str]) {
    for _ in 0..5 {
        child(|| chain(manners.contains(&"setsid"), manners.contains(&"exec")));
    }
    chain(manners.contains(&"setsid"), manners.contains(&"exec"));
}

/// One process at a time: each makes the next and ends.
fn chain(own_session: bool, with_exec: bool) {
    loop {
        if own_session {
            // The first leads one already.
            let _ = prctl::new_session();
        }
        match fork::plain() {
            Ok(Fork::Child) if with_exec => exec_link(own_session),
            Ok(Fork::Child) => {}
            // At the limit of processes the chain ends, too.
            Ok(Fork::Parent { .. }) | Err(_) => fork::leave(0),
        }
    }
}

fn exec_link(own_session: bool) {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStringExt;
    let to_c = |text: std::ffi::OsString| CString::new(text.into_vec()).expect("no NUL");
    let path = to_c(std::env::current_exe().expect("a path").into_os_string());
    let manners = if own_session { c"setsid" } else { c"plain" };
    let argv = [path.clone(), c"link".into(), manners.into()];
    let env: Vec<CString> =
        std::env::vars_os().map(|(name, value)| to_c([name, value].join("=".as_ref()))).collect();
    let error = procman::sys::exec::execve(&path, &argv, &env);
    panic!("{error}");
}

/// Forks as fast as it can below a limit of processes.
fn bomb(limit: u64, own_session: bool) {
    limit_processes(limit);
    say("ready");
    loop {
        if let Ok(Fork::Child) = fork::plain()
            && own_session
        {
            // Refused to the leader of a group only.
            let _ = prctl::new_session();
        }
    }
}

/// The limit counts processes of a user, and root has none: so as a user that nobody else is.
fn limit_processes(limit: u64) {
    use nix::unistd::{Uid, setresuid};
    if prctl::effective_uid() == 0 {
        let uid = Uid::from_raw(54_321);
        procman::sys::limits::limit_processes(limit).expect("a limit");
        setresuid(uid, uid, uid).expect("another user");
    } else {
        procman::sys::limits::limit_processes(limit).expect("a limit");
    }
}

/// Answers SIGTERM by making more.
fn fork_on_term(count: u32) {
    signal::block_all();
    let signals = signal::descriptor(&[libc::SIGTERM]).expect("a signalfd");
    say("ready");
    loop {
        poll::is_ready(signals.as_fd(), libc::POLLIN, Duration::from_secs(60));
        while signal::next(signals.as_fd()).is_some() {
            for _ in 0..count {
                child(|| wait_for_ever());
            }
        }
    }
}

/// Uses so much memory.
fn fill(megabytes: usize) -> ! {
    say("ready");
    let held: Vec<Vec<u8>> = (0..megabytes).map(|_| vec![1; 1 << 20]).collect();
    say(&format!("filled {}", held.len()));
    wait_for_ever()
}

/// What a unit inherited.
fn describe() {
    let fds: Vec<String> = std::fs::read_dir("/proc/self/fd")
        .expect("a listing")
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let target = std::fs::read_link(entry.path()).ok()?;
            // The listing itself is open while it is read.
            if target.starts_with("/proc") { None } else { Some(entry.file_name().into_string().ok()?) }
        })
        .collect();
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    let flags = std::fs::read_to_string("/proc/self/fdinfo/0").expect("flags");
    let flags = flags.lines().find(|line| line.starts_with("flags")).unwrap_or_default().to_owned();
    let session = prctl::session_of(0).expect("a session") == prctl::own_pid();
    let cwd = std::env::current_dir().expect("a directory");
    for line in [
        format!("fds {}", fds.join(",")),
        line("SigBlk"),
        line("SigIgn"),
        line("Umask"),
        line("Uid"),
        flags,
        format!("session {session}"),
        format!("cwd {}", cwd.display()),
        format!("cookie {}", std::env::var("PROCMAN_COOKIE").unwrap_or_default()),
    ] {
        say(&line);
    }
}

/// The negative control: kills what one reading of `children` shows until nobody of a reading lives, and calls that done.
fn naive_stop(manners: &[&str]) {
    prctl::become_subreaper().expect("a subreaper");
    let (mut read, write) = std::io::pipe().expect("a pipe");
    child(|| {
        (&write).write_all(b".").expect("a reader");
        chains(manners);
    });
    drop(write);
    read.read_exact(&mut [0; 1]).expect("a chain that runs");
    loop {
        let mut members = Vec::new();
        procman::sys::procfs::children(prctl::own_pid(), 1, &mut members).expect("children");
        members.retain(|pid| !wait::is_dead_child(*pid));
        if members.is_empty() {
            break;
        }
        for pid in members {
            let _ = signal::kill_child(pid, libc::SIGKILL);
        }
    }
    let truth = loop {
        match wait::reap(Which::All).expect("a wait") {
            Reap::One(_) => {}
            other => break other,
        }
    };
    say(if truth == Reap::NoChild { "right" } else { "wrong" });
    own_children_die();
}

/// What the naive loop left, ended by the kernel's word.
fn own_children_die() {
    while wait::reap(Which::All).expect("a wait") != Reap::NoChild {
        let mut members = Vec::new();
        procman::sys::procfs::children(prctl::own_pid(), 1, &mut members).expect("children");
        for pid in members {
            if let Ok(group) = prctl::group_of(pid)
                && prctl::session_of(pid).ok() != prctl::session_of(0).ok()
            {
                let _ = signal::kill_group(group, libc::SIGKILL);
            }
            let _ = signal::kill_child(pid, libc::SIGKILL);
        }
    }
}

fn greet_as_another_version() {
    let socket = procman::sys::fd::inherited(3).expect("a socket");
    procman::sys::seqpacket::send(socket.as_fd(), b"procman-guard 0.0.0-other", &[]).expect("a send");
}
