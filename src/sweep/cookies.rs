//! Who carries a cookie of this host's guards and is guarded by nobody: for hosts whose ledger cannot be written. Where it can, the sweep behind a
//! lost guard comes first.
//!
//! Reads environments, so it must not run on a thread that somebody waits for. An empty cookie is nobody's.

use std::collections::HashSet;

use crate::guard::{COOKIE_VARIABLE, SHIM_NAME};
use crate::process::ProcessTable;
use crate::sys::environ;

/// Numbers of the processes of `uid` that carry one of `cookies`, have no shim above them, which would end them, and are none of `guards`
/// themselves: those of this host.
#[must_use]
pub fn unguarded_carriers(
    table: &ProcessTable,
    cookies: &[String],
    guards: &HashSet<i32>,
    uid: u32,
) -> HashSet<i32> {
    let entries: Vec<String> = cookies
        .iter()
        .filter(|cookie| !cookie.is_empty())
        .map(|cookie| format!("{COOKIE_VARIABLE}={cookie}"))
        .collect();
    if entries.is_empty() {
        return HashSet::new();
    }
    let may_carry = |pid: &i32| {
        let process = table.get(*pid);
        process.is_some_and(|it| it.uid == uid && it.unit.is_none() && it.name != SHIM_NAME)
            && !guards.contains(pid)
            && !table.is_kernel_thread(*pid)
    };
    let is_guarded = |pid: &i32| {
        table
            .ancestors(*pid)
            .iter()
            .any(|above| table.get(*above).is_some_and(|above| above.name == SHIM_NAME))
    };
    let pids = table.iter().map(|process| process.identity.pid);
    pids.filter(may_carry).filter(|pid| carries(*pid, &entries)).filter(|pid| !is_guarded(pid)).collect()
}

/// Only whole entries count, and only those that a process was started with.
fn carries(pid: i32, entries: &[String]) -> bool {
    let environment = environ::read(pid);
    environment.is_ok_and(|environment| {
        entries.iter().any(|entry| environ::has_entry(&environment, entry.as_bytes()))
    })
}
