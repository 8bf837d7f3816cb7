//! Named points at which a test kills or stops a process of ours. In a release they are nothing at all.
//!
//! With the feature `failpoints` the guard reads `PROCMAN_FAILPOINT=<point>=<action>` from its environment at its start; the actions are
//! `kill-self`, `kill-host`, `kill-guard`, `kill-shim` and `stop-self`. `PROCMAN_TRACE=<file>` gets a line per point that was passed.

/// Every point of a spawn, in order.
pub const SPAWN: &[&str] = &[
    "guard.spawn.received",
    "guard.spawn.checked",
    "guard.spawn.recorded",
    "guard.spawn.forked",
    "shim.start",
    "shim.adopts",
    "shim.forked",
    "first.start",
    "first.session",
    "first.ready",
    "shim.running",
    "shim.reported",
    "guard.spawn.reported",
];

/// Every point of a stop, in order.
pub const STOP: &[&str] = &[
    "guard.stop.received",
    "guard.stop.forwarded",
    "shim.stop.received",
    "shim.stop.listed",
    "shim.stop.terminated",
    "shim.kill.start",
    "shim.kill.round",
    "shim.end.empty",
    "shim.end.reported",
    "guard.end.received",
    "guard.end.reaped",
];

#[cfg(not(feature = "failpoints"))]
mod imp {
    use super::Role;

    pub(crate) const fn load() {}
    pub(crate) const fn set_pid(_role: Role, _pid: i32) {}
    pub(crate) const fn hit(_point: &str) {}
}

#[cfg(feature = "failpoints")]
mod imp {
    use std::io::Write;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicI32, Ordering};

    use super::Role;
    use crate::sys::{prctl, signal};

    static PLAN: OnceLock<Option<(String, String)>> = OnceLock::new();
    static PIDS: [AtomicI32; 3] = [const { AtomicI32::new(0) }; 3];

    pub(crate) fn load() {
        PLAN.get_or_init(|| {
            let plan = std::env::var("PROCMAN_FAILPOINT").ok()?;
            plan.split_once('=').map(|(point, action)| (point.to_owned(), action.to_owned()))
        });
    }

    pub(crate) fn set_pid(role: Role, pid: i32) {
        PIDS[role as usize].store(pid, Ordering::Relaxed);
    }

    pub(crate) fn hit(point: &'static str) {
        debug_assert!(
            super::SPAWN.contains(&point) || super::STOP.contains(&point),
            "unlisted failpoint {point}"
        );
        trace(point);
        let Some(Some((wanted, action))) = PLAN.get() else { return };
        if wanted != point {
            return;
        }
        match action.as_str() {
            "kill-self" => send(prctl::own_pid(), libc::SIGKILL),
            "stop-self" => send(prctl::own_pid(), libc::SIGSTOP),
            "kill-host" => send(pid(Role::Host), libc::SIGKILL),
            "kill-guard" => send(pid(Role::Guard), libc::SIGKILL),
            "kill-shim" => send(pid(Role::Shim), libc::SIGKILL),
            _ => {}
        }
    }

    fn pid(role: Role) -> i32 {
        PIDS[role as usize].load(Ordering::Relaxed)
    }

    fn send(pid: i32, number: i32) {
        // A role that is not there yet has no pid, and a role that is gone needs no signal.
        let _ = signal::kill_child(pid, number);
    }

    fn trace(point: &str) {
        let Some(path) = std::env::var_os("PROCMAN_TRACE") else { return };
        if let Ok(mut file) = std::fs::OpenOptions::new().append(true).open(path) {
            let _ = writeln!(file, "{} {point}", prctl::own_pid());
        }
    }
}

/// Whom an action means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// The process that asked for the guard.
    Host,
    /// The guard.
    Guard,
    /// The shim of the latest unit.
    Shim,
}

pub(crate) use imp::{hit, load, set_pid};
