//! Who is below this process: for reports, and for the polite signal. Never a proof that somebody is not.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::model::ProcessInfo;
use crate::sys::{prctl, procfs};

/// A listing of a bomb must end: reports are cut here.
const MAX_ENTRIES: usize = 16_384;

/// … and here.
const TIME_LIMIT: Duration = Duration::from_millis(500);

/// Every living descendant, parents first. `skip` are children of this process that are left out with everything below them.
pub(crate) fn descendants(skip: &HashSet<i32>) -> Vec<ProcessInfo> {
    below(prctl::own_pid(), skip)
}

/// Every living descendant of `root`, parents first, without itself.
pub(crate) fn below(root: i32, skip: &HashSet<i32>) -> Vec<ProcessInfo> {
    let until = Instant::now() + TIME_LIMIT;
    let mut found = Vec::new();
    let mut known = HashSet::from([root]);
    let mut queue = Vec::new();
    children_into(root, 1, &mut queue);
    queue.retain(|pid| !skip.contains(pid));
    let mut next = 0;
    while let Some(&pid) = queue.get(next) {
        next += 1;
        if found.len() >= MAX_ENTRIES || Instant::now() > until {
            break;
        }
        // Whose parent is none of ours got the number of one that was: it is a stranger.
        let Some((identity, stat)) = procfs::look(pid).filter(|(_, stat)| known.contains(&stat.ppid)) else {
            continue;
        };
        if !known.insert(pid) {
            continue;
        }
        children_into(pid, stat.threads, &mut queue);
        if !stat.is_dead() {
            found.push(stat.into_info(identity));
        }
    }
    found
}

fn children_into(pid: i32, threads: u32, queue: &mut Vec<i32>) {
    if procfs::children(pid, threads, queue).is_err() {
        // Only the report is poorer: the kill loop finds them.
        let _ = procfs::children_by_scan(pid, queue);
    }
}

/// SIGTERM to each by its identity, and SIGCONT, so that a stopped one can use its grace.
pub(crate) fn terminate(processes: &[ProcessInfo]) {
    for process in processes {
        if procfs::signal_by_identity(&process.identity, libc::SIGTERM).is_ok() {
            // Gone by now: that is what was wanted.
            let _ = procfs::signal_by_identity(&process.identity, libc::SIGCONT);
        }
    }
}
