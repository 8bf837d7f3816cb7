//! Pid namespaces: whether `/proc` is of this process's own, and whether one that somebody wrote down still has a process. For that only a proof is an
//! answer.
//!
//! A namespace ends with its first process: the kernel ends everybody in it, and nobody is ever born there again. So whoever sees every process of the
//! machine, and the namespace of each, and finds nobody of that one, has the proof. That is an administrator in the namespace that the machine
//! began with; anybody else sees a part, or may not ask of all.

use std::io;

use super::liveness::Liveness;
use super::prctl;
use super::process_folder::ProcessFolder;
use super::procfs;

/// The kernel's number of the namespace that the machine began with (`PID_NS_INIT_INO`).
const INITIAL: u64 = 0xEFFF_FFFC;

/// Whether anybody is left in the namespace of this name (`pid:[…]`).
#[must_use]
pub fn liveness(name: &str) -> Liveness {
    let Some(wanted) = number(name) else { return Liveness::Unknown };
    // A `/proc` that shows this process, which is in the first of all namespaces, is that one's: it shows everybody.
    if procfs::pid_namespace().as_deref().and_then(number) != Some(INITIAL) {
        return Liveness::Unknown;
    }
    let Ok(all) = procfs::all_pids() else { return Liveness::Unknown };
    // Mounted with `hidepid`, it hides from whoever may not ask the most powerful process of all.
    let mut found = if all.contains(&1) { Liveness::Gone } else { Liveness::Unknown };
    // That one is in the first namespace, and perhaps nobody may ask it.
    for pid in all.into_iter().filter(|pid| *pid != 1) {
        match namespace_of(pid) {
            Ok(namespace) if namespace == wanted => return Liveness::Alive,
            Ok(_) => {}
            Err(error) if is_gone(&error) => {}
            Err(_) => found = Liveness::Unknown,
        }
    }
    found
}

/// Whose `/proc` is mounted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proc {
    /// That of this process's own namespace.
    Own,
    /// Another one's, which calls this process so: it shows who has a number *there*.
    Foreign(i32),
    /// None, or that of a namespace that this process is not in. One's own link is there whatever else is hidden.
    Missing,
}

/// Looks.
#[must_use]
pub fn proc_here() -> Proc {
    let shown = std::fs::read_link("/proc/self").ok().and_then(|link| link.to_str()?.parse().ok());
    match shown {
        Some(number) if number == prctl::own_pid() => Proc::Own,
        Some(number) => Proc::Foreign(number),
        None => Proc::Missing,
    }
}

fn number(name: &str) -> Option<u64> {
    name.strip_prefix("pid:[")?.strip_suffix(']')?.parse().ok()
}

fn namespace_of(pid: i32) -> io::Result<u64> {
    ProcessFolder::open(pid)?.pid_namespace()
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_namespace_is_never_proved_to_be_gone() {
        let own = procfs::pid_namespace().unwrap();
        assert_ne!(liveness(&own), Liveness::Gone, "{own}");
    }

    #[test]
    fn name_of_an_unknown_form_proves_nothing() {
        for name in ["", "pid:[]", "pid:[x]", "mnt:[1]", "1"] {
            assert_eq!(liveness(name), Liveness::Unknown, "{name}");
        }
    }
}
