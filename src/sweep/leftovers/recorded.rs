//! Who has the numbers of a list of pids now. A list has no identities, only the time of its last line: whoever started after that is a
//! stranger, and whoever was there before may be the one.

use std::fs;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::entry;
use super::pids_file::{Entry, PidsFile, files_of};
use crate::model::{FileSweepReport, LeftoverKind, ProcessInfo, RecordedProcess, RecordedState, Result};
use crate::process::{ProcessTable, Sampler};
use crate::sys::pidfd;

/// A clock that was set since makes start times uncertain: within so much a process counts as the recorded one.
const DOUBT_MS: f64 = 60_000.0;

/// The processes of a list.
///
/// # Errors
/// As [`PidsFile::read`]; `ERR_NATIVE` when `/proc` cannot be read.
pub fn recorded(list: &Path) -> Result<Vec<RecordedProcess>> {
    let list = PidsFile::read(list)?;
    let table = Sampler::default().sample()?;
    let now = Now { table: &table, written_at: list.written_at, exists: &exists };
    Ok(list.entries.iter().map(|entry| now.judge(entry)).collect())
}

/// Removes the list and what is beside it if all in it are gone.
pub(super) fn sweep(path: &Path, dry_run: bool, report: &mut FileSweepReport) -> Result<()> {
    let list = PidsFile::read(path)?;
    let table = Sampler::default().sample()?;
    let now = Now { table: &table, written_at: list.written_at, exists: &exists };
    if let Some(who) = list.entries.iter().find_map(|entry| now.who_lives(entry)) {
        report.kept.push(entry(path, LeftoverKind::Pids, &who));
        return Ok(());
    }
    for file in files_of(path).into_iter().filter(|file| file.exists()) {
        match if dry_run { Ok(()) } else { fs::remove_file(&file) } {
            Ok(()) => report.removed.push(entry(&file, LeftoverKind::Pids, "nobody in it lives")),
            Err(error) => report.kept.push(entry(&file, LeftoverKind::Pids, &error.to_string())),
        }
    }
    Ok(())
}

/// What a list is compared with.
struct Now<'a> {
    table: &'a ProcessTable,
    written_at: Option<SystemTime>,
    /// Whether somebody has a number, hidden or not.
    exists: &'a dyn Fn(i32) -> bool,
}

impl Now<'_> {
    fn judge(&self, entry: &Entry) -> RecordedProcess {
        let process = self.table.get(entry.pid).filter(|process| !process.is_dead());
        let state = match process {
            // Another user's, where `/proc` hides those.
            None if self.table.get(entry.pid).is_none() && (self.exists)(entry.pid) => RecordedState::Running,
            None => RecordedState::Gone,
            Some(process) if self.is_stranger(process) => RecordedState::Reused,
            Some(_) => RecordedState::Running,
        };
        let (service, process) = (entry.service.clone(), process.cloned());
        RecordedProcess { service, pid: entry.pid, pgid: entry.pgid, state, process }
    }

    /// The group counts as well as the process: its leader may have left others there.
    fn who_lives(&self, entry: &Entry) -> Option<String> {
        if self.judge(entry).state == RecordedState::Running {
            return Some(format!("process {} runs", entry.pid));
        }
        let is_member = |process: &&ProcessInfo| {
            entry.pgid == Some(process.pgid) && !process.is_dead() && !self.is_stranger(process)
        };
        let member = self.table.iter().find(is_member)?;
        Some(format!("process {} of its group {} runs", member.identity.pid, member.pgid))
    }

    fn is_stranger(&self, process: &ProcessInfo) -> bool {
        let written = self.written_at.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        written.is_some_and(|at| process.started_at > at.as_secs_f64() * 1000.0 + DOUBT_MS)
    }
}

fn exists(pid: i32) -> bool {
    pidfd::open(pid).is_ok_and(|hold| !pidfd::is_dead(hold.as_fd()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::ProcessIdentity;

    const WRITTEN_MS: f64 = 1_000_000.0;

    fn process(pid: i32, pgid: i32, started_at: f64) -> ProcessInfo {
        let identity = ProcessIdentity { pid, start_token: "1".into(), boot_id: "b".into() };
        ProcessInfo { pgid, started_at, threads: 1, ..ProcessInfo::unread(identity) }
    }

    fn table(processes: &[ProcessInfo]) -> ProcessTable {
        ProcessTable::new(processes.to_vec(), "b", 0.0)
    }

    fn now(table: &ProcessTable) -> Now<'_> {
        let written_at = Some(UNIX_EPOCH + Duration::from_millis(1_000_000));
        Now { table, written_at, exists: &|pid| pid == 77 }
    }

    fn state(process: &[ProcessInfo]) -> RecordedState {
        now(&table(process)).judge(&entry(None)).state
    }

    fn who_lives(entry: &Entry, processes: &[ProcessInfo]) -> Option<String> {
        now(&table(processes)).who_lives(entry)
    }

    fn entry(pgid: Option<i32>) -> Entry {
        Entry { pid: 10, service: None, pgid }
    }

    #[test]
    fn who_started_after_the_last_line_is_a_stranger() {
        let started = |at| state(&[process(10, 10, at)]);
        assert_eq!(started(WRITTEN_MS - 5.0), RecordedState::Running);
        assert_eq!(started(WRITTEN_MS + DOUBT_MS), RecordedState::Running, "in doubt it is the one");
        assert_eq!(started(WRITTEN_MS + DOUBT_MS + 1.0), RecordedState::Reused);
        assert_eq!(state(&[]), RecordedState::Gone);
    }

    #[test]
    fn a_zombie_is_gone_and_a_hidden_process_is_not() {
        let zombie = ProcessInfo { state: crate::model::ProcessState::Zombie, ..process(10, 10, 0.0) };
        assert_eq!(state(&[zombie]), RecordedState::Gone);
        let hidden = Entry { pid: 77, ..entry(None) };
        assert_eq!(now(&table(&[])).judge(&hidden).state, RecordedState::Running);
    }

    #[test]
    fn a_member_of_the_recorded_group_keeps_the_list() {
        let members = [process(11, 10, 0.0)];
        assert!(who_lives(&entry(Some(10)), &members).unwrap().contains("11"));
        assert_eq!(who_lives(&entry(None), &members), None);
        let later = [process(11, 10, WRITTEN_MS + DOUBT_MS + 1.0)];
        assert_eq!(who_lives(&entry(Some(10)), &later), None);
    }
}
