//! Who started a process, what it belongs to, and whether a rule protects it. Pure but for [`explain_all`], which reads.

use std::io;

use super::is_kept_pid;
use super::refusals::Surroundings;
use super::sampler::Sampler;
use super::table::ProcessTable;
use crate::guard::{GUARD_NAME, SHIM_NAME};
use crate::model::{Error, ErrorCode, Explanation, ProcessInfo, Result, UnitAbove};
use crate::sys::prctl;
use crate::sys::tcp_table::{self, Listener};

/// Whom to explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The process with this number.
    Pid(i32),
    /// Whoever listens on this TCP port.
    Port(u16),
}

/// Explains everybody who is meant; nobody is an empty answer.
///
/// # Errors
/// `ERR_NATIVE` when processes or sockets cannot be listed, or when whoever listens is hidden.
pub fn explain_all(question: Question) -> Result<Vec<Explanation>> {
    let table = Sampler::default().sample()?;
    let listeners = tcp_table::listeners().map_err(|error| unreadable(&error))?;
    let pids = match question {
        Question::Pid(pid) => vec![pid],
        Question::Port(port) => {
            let there = listeners.iter().filter(|listener| listener.address.port() == port);
            let inodes: Vec<u64> = there.map(|listener| listener.inode).collect();
            let holders = tcp_table::holders(&inodes).map_err(|error| unreadable(&error))?;
            let mut pids: Vec<i32> = holders.into_values().flatten().collect();
            pids.sort_unstable();
            pids.dedup();
            if let Some(listener) = listeners.iter().find(|listener| listener.address.port() == port)
                && pids.is_empty()
            {
                return Err(hidden(listener));
            }
            pids
        }
    };
    let around = Surroundings::new(&table, prctl::own_pid(), prctl::effective_uid());
    let explain_one = |process: &ProcessInfo| {
        let sockets = tcp_table::sockets_of(process.identity.pid);
        let own = listeners.iter().filter(|listener| sockets.contains(&listener.inode));
        let listens = own.map(|listener| listener.address.to_string()).collect();
        explain(process, &table, &around, is_kept_pid(process.identity.pid), listens)
    };
    Ok(pids.into_iter().filter_map(|pid| table.get(pid)).map(explain_one).collect())
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(ErrorCode::Native, format!("the sockets in /proc/net cannot be read: {error}; mount /proc"))
}

/// The kernel lists the socket, and nobody whom this process may look into has it.
fn hidden(listener: &Listener) -> Error {
    let Listener { address, uid, .. } = listener;
    let message = format!(
        "somebody listens at {address}, as user {uid}, but may not be looked into from here: ask as that user, or as root outside of any container"
    );
    Error::new(ErrorCode::Native, message).detail("address", address.to_string()).detail("uid", *uid)
}

fn explain(
    process: &ProcessInfo,
    table: &ProcessTable,
    around: &Surroundings,
    kept: bool,
    listens: Vec<String>,
) -> Explanation {
    let pid = process.identity.pid;
    let below = table.descendants(pid);
    let chain: Vec<ProcessInfo> =
        table.ancestors(pid).into_iter().filter_map(|pid| table.get(pid)).cloned().collect();
    Explanation {
        unit: unit_above(process, &chain),
        chain,
        descendants: u32::try_from(below.len()).unwrap_or(u32::MAX),
        tree_rss_bytes: process.rss_bytes + below.iter().map(|below| below.rss_bytes).sum::<u64>(),
        listens,
        protected: around.protects(process, table, kept).map(|rule| rule.to_string()),
        process: process.clone(),
    }
}

/// The nearest shim counts: a unit may run a host of its own.
fn unit_above(process: &ProcessInfo, chain: &[ProcessInfo]) -> Option<UnitAbove> {
    let at = chain.iter().position(|above| above.name == SHIM_NAME)?;
    let first = if at == 0 { process } else { chain.get(at - 1)? };
    let guard = chain.get(at + 1).filter(|above| above.name == GUARD_NAME);
    Some(UnitAbove {
        first_pid: first.identity.pid,
        shim_pid: chain.get(at)?.identity.pid,
        guard_pid: guard.map(|guard| guard.identity.pid),
        host_pid: guard.and_then(|_| chain.get(at + 2)).map(|host| host.identity.pid).filter(|pid| *pid > 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProcessIdentity;

    fn process(pid: i32, ppid: i32, name: &str) -> ProcessInfo {
        let identity = ProcessIdentity { pid, start_token: String::new(), boot_id: String::new() };
        let (name, argv) = (name.to_owned(), vec![name.to_owned()]);
        ProcessInfo {
            ppid,
            name,
            argv,
            uid: 1000,
            rss_bytes: 10,
            threads: 1,
            ..ProcessInfo::unread(identity)
        }
    }

    fn explained(pid: i32, processes: &[ProcessInfo]) -> Explanation {
        let table = ProcessTable::new(processes.to_vec(), "b", 0.0);
        let around = Surroundings::new(&table, 99, 1000);
        explain(table.get(pid).unwrap(), &table, &around, false, Vec::new())
    }

    #[test]
    fn the_unit_of_a_process_is_that_of_the_nearest_shim() {
        let all = [
            process(1, 0, "init"),
            process(5, 1, "node"),
            process(6, 5, GUARD_NAME),
            process(7, 6, SHIM_NAME),
            process(8, 7, "npx"),
            process(9, 8, "mcp"),
        ];
        let unit = UnitAbove { first_pid: 8, shim_pid: 7, guard_pid: Some(6), host_pid: Some(5) };
        assert_eq!(explained(9, &all).unit, Some(unit));
        assert_eq!(explained(8, &all).unit, Some(unit));
        assert_eq!(explained(7, &all).unit, None);
        assert_eq!(explained(5, &all).unit, None);
        let lost = [process(1, 0, "init"), process(7, 1, SHIM_NAME), process(8, 7, "npx")];
        let unit = explained(8, &lost).unit.unwrap();
        assert_eq!((unit.guard_pid, unit.host_pid), (None, None));
    }

    #[test]
    fn memory_and_rules_are_those_of_the_tree() {
        let all = [process(1, 0, "init"), process(5, 1, "sh"), process(6, 5, "node"), process(7, 6, "node")];
        let five = explained(5, &all);
        assert_eq!((five.descendants, five.tree_rss_bytes, five.chain.len()), (2, 30, 1));
        assert_eq!(five.protected, None);
        assert!(explained(1, &all).protected.is_some());
        let other = ProcessInfo { uid: 1, ..process(8, 1, "cron") };
        assert!(explained(8, &[process(1, 0, "init"), other]).protected.unwrap().contains("user 1"));
    }
}
