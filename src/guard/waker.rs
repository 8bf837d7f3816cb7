//! The waker: a process that continues what its host has stopped, should the host not live to do it.
//!
//! A host that stops a foreign tree holds it still for some milliseconds (`process::stop`). Killed in that moment it would leave it so for
//! ever. The waker hears who is about to be stopped before it happens; at the end of the host's pipe it continues everybody who was
//! not taken back. It is the guard's program under another first argument, lives as long as one stop, and does nothing else.

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::protocol::GUARD_SOCKET;
use crate::model::ProcessIdentity;
use crate::sys::{fd, procfs, signal};

/// The first argument that makes a guard's program a waker.
pub(super) const WAKER_ARGUMENT: &str = "waker";

/// The line that takes everybody back.
pub(super) const TAKEN_BACK: &str = "taken back";

/// Runs it; says the exit code.
pub(super) fn run() -> i32 {
    signal::block_all();
    let Ok(pipe) = fd::inherited(GUARD_SOCKET) else { return 1 };
    let mut stopped = Vec::new();
    for line in BufReader::new(File::from(pipe)).lines().map_while(Result::ok) {
        if line == TAKEN_BACK {
            stopped.clear();
        } else if let Some(identity) = parse(&line) {
            stopped.push(identity);
        }
    }
    for identity in &stopped {
        // Gone by now: then it does not wait for anybody.
        let _ = procfs::signal_by_identity(identity, libc::SIGCONT);
    }
    0
}

/// One process as a line.
pub(super) fn line(identity: &ProcessIdentity) -> String {
    format!("{} {}\n", identity.pid, identity.start_token)
}

fn parse(line: &str) -> Option<ProcessIdentity> {
    let (pid, start_token) = line.split_once(' ')?;
    let (pid, start_token) = (pid.parse().ok()?, start_token.to_owned());
    Some(ProcessIdentity { pid, start_token, boot_id: procfs::boot_id().to_owned() })
}
