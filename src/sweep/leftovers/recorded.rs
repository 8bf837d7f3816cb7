//! Who has the numbers of a list of pids now.
//!
//! | recorded | whoever has the number now is |
//! |---|---|
//! | with an identity | the one, or a stranger |
//! | by the shell, without | the one if he was there before the list was last written and is in the recorded group; a stranger if he came a minute later; uncertain between |
//! | nobody to be seen, and somebody has the number | uncertain: another user's, where `/proc` hides those |
//!
//! In doubt nobody is stopped, and the list stays.

use std::fs;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::entry;
use super::pids_file::{Entry, PidsFile, files_of};
use crate::model::{FileSweepReport, LeftoverKind, ProcessInfo, RecordedProcess, RecordedState, Result};
use crate::process::{ProcessTable, Sampler};
use crate::sys::pidfd;

/// A clock that was set since makes start times uncertain: within so much a process may be the recorded one.
const DOUBT_MS: f64 = 60_000.0;

/// How exactly the kernel tells when a process started, and a file system when it was written.
const TICK_MS: f64 = 20.0;

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
            None if self.table.get(entry.pid).is_none() && (self.exists)(entry.pid) => {
                RecordedState::Uncertain
            }
            None => RecordedState::Gone,
            Some(process) if entry.identities.contains(&process.identity) => RecordedState::Running,
            Some(_) if !entry.is_partly_unknown => RecordedState::Reused,
            Some(process) if self.is_stranger(process) => RecordedState::Reused,
            Some(process) if self.came_later(process) || has_left(process, entry) => RecordedState::Uncertain,
            Some(_) => RecordedState::Running,
        };
        let (service, process) = (entry.service.clone(), process.cloned());
        RecordedProcess { service, pid: entry.pid, pgid: entry.pgid, state, process }
    }

    /// The group counts as well as the process: its leader may have left others there.
    fn who_lives(&self, entry: &Entry) -> Option<String> {
        match self.judge(entry).state {
            RecordedState::Running => return Some(format!("process {} runs", entry.pid)),
            RecordedState::Uncertain => {
                return Some(format!(
                    "whether process {} is the recorded one cannot be told; look at it, and stop it by its own number",
                    entry.pid
                ));
            }
            RecordedState::Gone | RecordedState::Reused => {}
        }
        let is_member = |process: &&ProcessInfo| {
            entry.pgid == Some(process.pgid) && !process.is_dead() && !self.is_stranger(process)
        };
        let member = self.table.iter().find(is_member)?;
        Some(format!("process {} of its group {} runs", member.identity.pid, member.pgid))
    }

    fn is_stranger(&self, process: &ProcessInfo) -> bool {
        self.since_written(process).is_some_and(|late| late > DOUBT_MS)
    }

    fn came_later(&self, process: &ProcessInfo) -> bool {
        self.since_written(process).is_some_and(|late| late > TICK_MS)
    }

    /// How much later than the last line it started, milliseconds.
    fn since_written(&self, process: &ProcessInfo) -> Option<f64> {
        let written = self.written_at.and_then(|at| at.duration_since(UNIX_EPOCH).ok())?;
        Some(process.started_at - written.as_secs_f64() * 1000.0)
    }
}

/// It is in another group than the one that was recorded: it made one since, or never was the one.
fn has_left(process: &ProcessInfo, entry: &Entry) -> bool {
    entry.pgid.is_some_and(|pgid| pgid != process.pgid)
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
        Entry { pid: 10, service: None, pgid, identities: Vec::new(), is_partly_unknown: true }
    }

    #[test]
    fn who_started_after_the_last_line_is_a_stranger() {
        let started = |at| state(&[process(10, 10, at)]);
        assert_eq!(started(WRITTEN_MS - 5.0), RecordedState::Running);
        assert_eq!(started(WRITTEN_MS + 1000.0), RecordedState::Uncertain, "it was stopped in doubt");
        assert_eq!(started(WRITTEN_MS + DOUBT_MS), RecordedState::Uncertain);
        assert_eq!(started(WRITTEN_MS + DOUBT_MS + 1.0), RecordedState::Reused);
        assert_eq!(state(&[]), RecordedState::Gone);
    }

    #[test]
    fn a_zombie_is_gone_and_a_hidden_process_is_not() {
        let zombie = ProcessInfo { state: crate::model::ProcessState::Zombie, ..process(10, 10, 0.0) };
        assert_eq!(state(&[zombie]), RecordedState::Gone);
        let hidden = Entry { pid: 77, ..entry(None) };
        assert_eq!(now(&table(&[])).judge(&hidden).state, RecordedState::Uncertain);
    }

    #[test]
    fn a_recorded_identity_decides_whatever_the_times_say() {
        let recorded =
            |token: &str| ProcessIdentity { pid: 10, start_token: token.into(), boot_id: "b".into() };
        let state = |tokens: &[&str], is_partly_unknown| {
            let identities = tokens.iter().map(|token| recorded(token)).collect();
            let entry = Entry { identities, is_partly_unknown, ..entry(Some(10)) };
            now(&table(&[process(10, 10, 0.0)])).judge(&entry).state
        };
        assert_eq!(state(&["1"], false), RecordedState::Running);
        assert_eq!(state(&["0", "1"], false), RecordedState::Running, "recorded twice");
        assert_eq!(state(&["0"], false), RecordedState::Reused, "a line of another service made it the one");
        assert_eq!(state(&["0"], true), RecordedState::Running, "the shell recorded it again");
    }

    #[test]
    fn one_that_the_shell_recorded_in_another_group_is_uncertain() {
        let in_another = [process(10, 3, 0.0)];
        assert_eq!(now(&table(&in_another)).judge(&entry(Some(10))).state, RecordedState::Uncertain);
        assert!(who_lives(&entry(Some(10)), &in_another).unwrap().contains("cannot be told"));
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
