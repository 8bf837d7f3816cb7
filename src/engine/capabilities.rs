//! What works on this machine, found out without starting anything.

use std::fs;
use std::os::fd::AsFd;

use serde::Serialize;

use super::config_cell::ConfigCell;
use crate::guard::can_limit_memory;
use crate::model::Result;
use crate::process::Backend;
use crate::sys::cgroup::Cgroup;
use crate::sys::{mount, pidfd, prctl};

/// The contract's `capabilities()`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// `linux`.
    pub platform: &'static str,
    /// Which implementation of the system layer runs.
    pub backend: &'static str,
    /// Orphans of a unit fall to its shim.
    pub subreaper: bool,
    /// Signals are sent by descriptor and not by number.
    pub pidfd: bool,
    /// A unit is killed by the kernel in one step.
    pub cgroup_kill: bool,
    /// The kernel can limit the memory of a unit.
    pub memory_limit: bool,
    /// The kernel tells of memory pressure.
    pub psi: bool,
    /// The ledger can be written.
    pub ledger: bool,
    /// Units get a grace when the host dies; not so where the host is PID 1 of a pid namespace.
    pub grace_after_host_death: bool,
    /// `strong`: no later process can be mistaken for an earlier one.
    pub identity: &'static str,
    /// Who kills the last process of a unit: `kernel` or `guard`; `best-effort` where nobody can promise it.
    pub guarantee: &'static str,
}

impl Capabilities {
    /// Looks.
    ///
    /// # Errors
    /// `ERR_CONFIG` when the environment names no backend.
    pub(crate) fn probe(config: &ConfigCell) -> Result<Self> {
        let found = Self::of_linux(config);
        Ok(match config.backend()? {
            Backend::Linux => found,
            Backend::Portable => found.without_linux(),
        })
    }

    /// Numbers and start times are all there is.
    fn without_linux(self) -> Self {
        Self {
            platform: std::env::consts::OS,
            backend: Backend::Portable.name(),
            subreaper: false,
            pidfd: false,
            cgroup_kill: false,
            memory_limit: false,
            ledger: false,
            grace_after_host_death: false,
            identity: "best-effort",
            guarantee: "best-effort",
            ..self
        }
    }

    fn of_linux(config: &ConfigCell) -> Self {
        let own = prctl::own_pid();
        let hold = pidfd::open(own);
        let strong = hold.as_ref().is_ok_and(|hold| pidfd::unique_inode(hold.as_fd()).is_some());
        let cgroup_kill = config.wants_cgroup() && cgroup_works(own);
        Self {
            platform: "linux",
            backend: Backend::Linux.name(),
            subreaper: true,
            pidfd: hold.is_ok(),
            cgroup_kill,
            memory_limit: config.wants_cgroup() && can_limit_memory(),
            psi: fs::read("/proc/pressure/memory").is_ok(),
            ledger: config.state_dir().is_some_and(|folder| {
                fs::create_dir_all(&folder).and_then(|()| mount::may(&folder, libc::W_OK)).is_ok()
            }),
            grace_after_host_death: own != 1,
            identity: if strong { "strong" } else { "best-effort" },
            guarantee: if cgroup_kill { "kernel" } else { "guard" },
        }
    }
}

/// Makes a cgroup and removes it: permission bits alone do not tell.
fn cgroup_works(own: i32) -> bool {
    Cgroup::below_own(&format!("procman-probe-{own}")).is_ok_and(|made| made.remove())
}
