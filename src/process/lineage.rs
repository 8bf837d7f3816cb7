//! Who is below whom, of everybody, as a table that says nothing else: what somebody reads who looks again and again and cares for few.
//!
//! An entry has lineage, state, start and name. Its identity is made up ([`UNPROVED`]) until whoever holds the process gives it the real one, so it
//! is equal to nobody's. A look ends when a listing has no number that was not read: who forks and ends while it goes on is found by
//! what it left, unless that goes on for [`MOST_LISTINGS`].

use std::collections::{HashMap, HashSet};
use std::io;

use super::{ProcessTable, everybody, orphan};
use crate::model::{ProcessIdentity, ProcessInfo};
use crate::sys::lineage::Lineage;
use crate::sys::{clock, procfs, two_threads};

/// What the token of somebody begins with whose identity was not read.
pub(crate) const UNPROVED: char = '?';

/// A chain of forks could keep a look busy for ever.
const MOST_LISTINGS: u32 = 8;

/// Whose line need not be read.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Lines of processes that cannot have changed.
    pub(crate) standing: Vec<Lineage>,
    /// Numbers of dead processes that nobody reaped; they get no entry.
    pub(crate) ended: Vec<i32>,
}

/// Reads the lineage of everybody else who can be seen. `boot_ms`: when the machine started, milliseconds since the epoch; looks that are compared
/// have it in common. The table is of the moment when the look began.
///
/// # Errors
/// What listing `/proc` says.
pub(crate) fn look(known: Known, boot_ms: f64) -> io::Result<ProcessTable> {
    let began = boot_ms + clock::since_boot().as_secs_f64() * 1000.0;
    let standing = known.standing.iter().map(|one| one.pid);
    let mut seen: HashSet<i32> = standing.chain(known.ended).collect();
    let mut found = known.standing;
    // The first listing, in which nearly everybody is, is read while it goes on; the others are short.
    let asked = everybody::ask(|pid| (!seen.contains(&pid)).then(|| (pid, Lineage::read(pid).ok())))?;
    seen.extend(asked.iter().map(|(pid, _)| *pid));
    found.extend(asked.into_iter().filter_map(|(_, line)| line));
    for _ in 1..MOST_LISTINGS {
        let unread: Vec<i32> = procfs::all_pids()?.into_iter().filter(|pid| seen.insert(*pid)).collect();
        if unread.is_empty() {
            break;
        }
        found.extend(two_threads::map(&unread, |pid| Lineage::read(*pid).ok()).into_iter().flatten());
    }
    Ok(table(found, boot_ms, began))
}

fn table(found: Vec<Lineage>, boot_ms: f64, began: f64) -> ProcessTable {
    let kernel_threads = found.iter().filter(|one| one.is_kernel_thread).map(|one| one.pid).collect();
    let mut processes: Vec<ProcessInfo> = found.into_iter().map(|one| entry(one, boot_ms)).collect();
    mark_orphans(&mut processes);
    ProcessTable::with_kernel_threads(processes, procfs::boot_id(), began, kernel_threads)
}

/// By sessions alone: nobody was seen before.
fn mark_orphans(processes: &mut [ProcessInfo]) {
    let by_pid: HashMap<i32, &ProcessInfo> =
        processes.iter().map(|process| (process.identity.pid, process)).collect();
    let is_orphan =
        |process: &ProcessInfo| orphan::is_orphan(process, by_pid.get(&process.ppid).copied(), None);
    let verdicts: Vec<bool> = processes.iter().map(is_orphan).collect();
    for (process, verdict) in processes.iter_mut().zip(verdicts) {
        process.orphan = verdict;
    }
}

fn entry(lineage: Lineage, boot_ms: f64) -> ProcessInfo {
    let start_token = format!("{UNPROVED}{}", lineage.start_ticks);
    let boot_id = procfs::boot_id().to_owned();
    ProcessInfo {
        ppid: lineage.ppid,
        pgid: lineage.pgid,
        sid: lineage.sid,
        name: lineage.name,
        state: lineage.state,
        threads: lineage.threads,
        started_at: boot_ms + clock::ticks_to_ms(lineage.start_ticks),
        ..ProcessInfo::unread(ProcessIdentity { pid: lineage.pid, start_token, boot_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Sampler;

    #[test]
    fn lineage_is_that_of_the_whole_table_and_identities_are_nobodys() {
        let pid = std::process::id().cast_signed();
        let look = super::look(Known::default(), clock::boot_ms()).unwrap();
        let whole = Sampler::default().sample().unwrap();
        let (own, known) = (look.get(pid).unwrap(), whole.get(pid).unwrap());
        assert_eq!(
            (own.ppid, own.pgid, own.sid, &own.name),
            (known.ppid, known.pgid, known.sid, &known.name)
        );
        assert!((own.started_at - known.started_at).abs() < 1000.0);
        assert_eq!(look.ancestors(pid), whole.ancestors(pid));
        assert!(own.started_at <= look.taken_at());
        assert_eq!(look.find(&known.identity), None);
        assert!(own.identity.start_token.starts_with(UNPROVED));
    }
}
