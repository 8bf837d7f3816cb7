//! The rules that protect a process from being stopped, whoever asks and for whatever reason. Pure: compares what was read, reads nothing.
//!
//! | protected | because |
//! |---|---|
//! | a number ≤ 1 | it means init, or many processes at once |
//! | this process, and everybody above it | it would saw off the branch it sits on; the terminal, the container or the CI job go with it |
//! | guards and shims of this process | they stop their units themselves |
//! | threads of the kernel | no signal ends them |
//! | another user's, also for root unless the caller names that user | a number or a pattern seldom means them |
//! | whoever has the number and is hidden | it is another user's, and nothing of it can be looked at |
//! | in another pid namespace | it is a container's, and its engine's to stop. Not asked of somebody below a target: then it is the target's own sandbox |
//! | `PROCMAN_KEEP=1` in its environment | somebody said so |
//! | daemons with a stop command of their own | they have state to save, and others use them |

use std::collections::HashSet;
use std::fmt;

use super::daemons;
use super::table::ProcessTable;
use crate::guard::{GUARD_NAME, SHIM_NAME};
use crate::model::ProcessInfo;

/// Why a process is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalRule {
    /// A number ≤ 1.
    Init,
    /// The process that asks.
    Own,
    /// It is above the process that asks.
    Ancestor,
    /// It is a guard or a shim of this process.
    Guard,
    /// It is a thread of the kernel.
    KernelThread,
    /// It belongs to another user.
    OtherUser(u32),
    /// It is in another pid namespace.
    OtherNamespace,
    /// Somebody has the number, and `/proc` hides him.
    Hidden,
    /// Its environment says so.
    Kept,
    /// It is a daemon with a stop command of its own: that command.
    Daemon(&'static str),
}

/// What the rules compare with.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The process that asks.
    pub own_pid: i32,
    /// Its effective user.
    pub own_uid: u32,
    /// Its pid namespace, where it is known.
    pub pid_namespace: Option<u64>,
    /// Everybody above it.
    pub ancestors: HashSet<i32>,
    /// The guards and shims that it started.
    pub guards: HashSet<i32>,
    /// Users besides its own whose processes may be stopped.
    pub named_uids: HashSet<u32>,
}

impl Surroundings {
    /// Of the process `own_pid`, as the table shows it.
    #[must_use]
    pub fn new(table: &ProcessTable, own_pid: i32, own_uid: u32) -> Self {
        Self {
            own_pid,
            own_uid,
            pid_namespace: table.get(own_pid).and_then(|own| own.pid_namespace),
            ancestors: table.ancestors(own_pid).into_iter().collect(),
            guards: guards_of(table, own_pid),
            named_uids: HashSet::new(),
        }
    }

    /// The rule that protects a process that somebody chose, if any. `table` says what is a thread of the kernel; `kept`: it has
    /// [`super::KEEP_MARK`].
    #[must_use]
    pub fn protects(&self, process: &ProcessInfo, table: &ProcessTable, kept: bool) -> Option<RefusalRule> {
        let elsewhere = self.pid_namespace.is_some()
            && process.pid_namespace.is_some()
            && process.pid_namespace != self.pid_namespace;
        let rule = self.protects_below_target(process, table, kept);
        rule.or(elsewhere.then_some(RefusalRule::OtherNamespace))
    }

    /// The same for somebody who is below a chosen process by proof.
    #[must_use]
    pub fn protects_below_target(
        &self,
        process: &ProcessInfo,
        table: &ProcessTable,
        kept: bool,
    ) -> Option<RefusalRule> {
        let pid = process.identity.pid;
        let rules = [
            (pid <= 1, RefusalRule::Init),
            (pid == self.own_pid, RefusalRule::Own),
            (self.ancestors.contains(&pid), RefusalRule::Ancestor),
            (self.guards.contains(&pid), RefusalRule::Guard),
            (table.is_kernel_thread(pid), RefusalRule::KernelThread),
            (
                process.uid != self.own_uid && !self.named_uids.contains(&process.uid),
                RefusalRule::OtherUser(process.uid),
            ),
            (kept, RefusalRule::Kept),
        ];
        let broken = rules.into_iter().find(|(applies, _)| *applies).map(|(_, rule)| rule);
        broken.or_else(|| daemons::stop_command(process).map(RefusalRule::Daemon))
    }
}

/// Guards are children of their host, shims of their guard, and all are called so.
fn guards_of(table: &ProcessTable, own_pid: i32) -> HashSet<i32> {
    let is_guard = |process: &&ProcessInfo| [GUARD_NAME, SHIM_NAME].contains(&process.name.as_str());
    let guards: Vec<&ProcessInfo> = table.children(own_pid).filter(is_guard).collect();
    let shims = guards.iter().flat_map(|guard| table.children(guard.identity.pid).filter(is_guard));
    let shims: Vec<i32> = shims.map(|shim| shim.identity.pid).collect();
    guards.iter().map(|guard| guard.identity.pid).chain(shims).collect()
}

impl fmt::Display for RefusalRule {
    /// The rule and the next step, as the end of a sentence about the process.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Init => f.write_str("is no single process that could be stopped: name one above 1"),
            Self::Own => f.write_str("is this process itself; end it by its own means"),
            Self::Ancestor => {
                f.write_str("is above this process, which would end with it; stop it from elsewhere")
            }
            Self::Guard => {
                f.write_str("guards units of this process; stop the units, and it leaves by itself")
            }
            Self::KernelThread => f.write_str("is a thread of the kernel, which no signal ends"),
            Self::OtherUser(uid) => {
                write!(f, "belongs to user {uid}; stop it as that user, or name the user (root only)")
            }
            Self::OtherNamespace => {
                f.write_str("is in another pid namespace: stop its container by the engine that runs it")
            }
            Self::Hidden => f.write_str(
                "is hidden from this process: it is another user's, and /proc shows only one's own here; stop it as that user",
            ),
            Self::Kept => {
                f.write_str("has PROCMAN_KEEP=1 in its environment; whoever set it wants it to stay")
            }
            Self::Daemon(command) => {
                write!(f, "is a daemon with a stop command of its own; run `{command}`")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProcessIdentity;

    fn process(pid: i32, ppid: i32) -> ProcessInfo {
        let identity = ProcessIdentity { pid, start_token: String::new(), boot_id: String::new() };
        let argv = vec!["sleep".to_owned()];
        ProcessInfo { ppid, uid: 1000, argv, pid_namespace: Some(7), ..ProcessInfo::unread(identity) }
    }

    /// init → shell 10 → this 20 → child 30; a stranger 40.
    fn table() -> ProcessTable {
        let kernel = ProcessInfo { argv: Vec::new(), uid: 0, ..process(2, 0) };
        let all =
            vec![process(1, 0), kernel, process(10, 1), process(20, 10), process(30, 20), process(40, 1)];
        ProcessTable::new(all, "boot", 0.0)
    }

    fn refused(process: &ProcessInfo) -> Option<RefusalRule> {
        let table = table();
        Surroundings::new(&table, 20, 1000).protects(process, &table, false)
    }

    #[test]
    fn table_of_rules() {
        let cases = [
            (process(1, 0), Some(RefusalRule::Init)),
            (process(0, 0), Some(RefusalRule::Init)),
            (process(-5, 0), Some(RefusalRule::Init)),
            (process(20, 10), Some(RefusalRule::Own)),
            (process(10, 1), Some(RefusalRule::Ancestor)),
            (process(2, 0), Some(RefusalRule::KernelThread)),
            (ProcessInfo { uid: 0, ..process(40, 1) }, Some(RefusalRule::OtherUser(0))),
            (ProcessInfo { pid_namespace: Some(8), ..process(40, 1) }, Some(RefusalRule::OtherNamespace)),
            (process(30, 20), None),
            (process(40, 1), None),
        ];
        for (process, expected) in cases {
            assert_eq!(refused(&process), expected, "{process:?}");
        }
    }

    #[test]
    fn root_stops_another_users_process_only_if_the_user_is_named() {
        let table = table();
        let mut root = Surroundings::new(&table, 20, 0);
        assert_eq!(root.protects(&process(40, 1), &table, false), Some(RefusalRule::OtherUser(1000)));
        root.named_uids.insert(1000);
        assert_eq!(root.protects(&process(40, 1), &table, false), None);
    }

    #[test]
    fn what_is_marked_or_guards_us_stays() {
        let table = table();
        let mut own = Surroundings::new(&table, 20, 1000);
        assert_eq!(own.protects(&process(40, 1), &table, true), Some(RefusalRule::Kept));
        own.guards.insert(30);
        assert_eq!(own.protects(&process(30, 20), &table, false), Some(RefusalRule::Guard));
    }

    #[test]
    fn sandbox_of_a_target_goes_with_it() {
        let table = table();
        let own = Surroundings::new(&table, 20, 1000);
        let sandboxed = ProcessInfo { pid_namespace: Some(8), ..process(40, 1) };
        assert_eq!(own.protects_below_target(&sandboxed, &table, false), None);
    }
}
