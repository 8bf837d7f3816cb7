//! Lists of pids in the format of `save_process_tree`: `services.pids`, one pid a line; beside it `.groups` with `PGID:service:pgid` and
//! `.services` with `service:pid`. What is added here has its identity beside them, in `.identities`; the shell has none to give. Reads and writes; judges
//! nobody.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::identities::Identities;
use crate::model::{Error, ErrorCode, ProcessIdentity, Result};
use crate::sys::{prctl, procfs};

/// A list, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PidsFile {
    /// In the order of the file, each once.
    pub entries: Vec<Entry>,
    /// When one of the three files was last written.
    pub written_at: Option<SystemTime>,
}

/// One pid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number.
    pub pid: i32,
    /// The service's name, where `.services` has one.
    pub service: Option<String>,
    /// Its group, where `.groups` has one.
    pub pgid: Option<i32>,
    /// Who had it when it was recorded, each time that somebody could tell.
    pub identities: Vec<ProcessIdentity>,
    /// It stands there more often than that.
    pub is_partly_unknown: bool,
}

/// The list and the files beside it.
pub(super) fn files_of(list: &Path) -> [PathBuf; 4] {
    let beside = |suffix: &str| {
        let mut name = list.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    [list.to_owned(), beside(".groups"), beside(".services"), beside(".identities")]
}

impl PidsFile {
    /// Reads them; those beside the list may be missing.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` naming file and line for what is not of the format, or cannot be read.
    pub fn read(list: &Path) -> Result<Self> {
        let [pids, groups, services, identities] = files_of(list);
        let listed = lines(&pids, false)?;
        let identities = Identities::read(&identities, &pids)?;
        let groups = read_groups(&groups)?;
        let mut service_of = HashMap::new();
        let mut recorded: HashMap<String, Vec<i32>> = HashMap::new();
        for (number, line) in lines(&services, true)? {
            let (service, pid) =
                line.rsplit_once(':').ok_or_else(|| malformed(&services, number, SERVICES))?;
            let pid = pid_of(pid).ok_or_else(|| malformed(&services, number, SERVICES))?;
            service_of.insert(pid, service.to_owned());
            recorded.entry(service.to_owned()).or_default().push(pid);
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut times: HashMap<i32, usize> = HashMap::new();
        for (number, line) in listed {
            let pid = pid_of(&line).ok_or_else(|| malformed(&pids, number, PIDS))?;
            *times.entry(pid).or_default() += 1;
            if times.get(&pid) == Some(&1) {
                let service = service_of.get(&pid).cloned();
                let pgid = service.as_ref().and_then(|service| {
                    let nth = recorded.get(service)?.iter().rposition(|recorded| *recorded == pid)?;
                    let of_service = groups.get(service)?;
                    // As many lines as there: each one's own. Else the last, as whoever reads both files one by one has it.
                    let is_paired = of_service.len() == recorded.get(service)?.len();
                    *of_service.get(if is_paired { nth } else { of_service.len() - 1 })?
                });
                let identities = identities.of(pid);
                entries.push(Entry { pid, service, pgid, identities, is_partly_unknown: false });
            }
        }
        for entry in &mut entries {
            entry.is_partly_unknown =
                times.get(&entry.pid).is_some_and(|times| *times > entry.identities.len());
        }
        let written = files_of(list).into_iter().filter_map(|file| fs::metadata(file).ok()?.modified().ok());
        Ok(Self { entries, written_at: written.max() })
    }

    /// Adds a process that lives, as `save_process_tree` does.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a name that would break the format, a pid that nobody has, or files that cannot be written.
    pub fn add(list: &Path, service: &str, pid: i32) -> Result<()> {
        if service.is_empty() || service.contains([':', '\n', '\r']) {
            let text = format!(
                "the name of a service must be non-empty, without colon and line break; got {service:?}"
            );
            return Err(Error::new(ErrorCode::InvalidArgument, text).detail("serviceName", service));
        }
        let seen = if pid > 0 { procfs::look(pid) } else { None };
        let Some(((identity, _), group)) = seen.zip(prctl::group_of(pid).ok()) else {
            let text = format!("no process has pid {pid}; record a process while it runs");
            return Err(Error::new(ErrorCode::InvalidArgument, text).detail("pid", pid));
        };
        let [pids, groups, services, identities] = files_of(list);
        append(&pids, &format!("{pid}\n"))?;
        append(&groups, &format!("PGID:{service}:{group}\n"))?;
        append(&services, &format!("{service}:{pid}\n"))?;
        // Without it the times tell, as for what a shell recorded.
        let _ = append(&identities, &Identities::line(&identity, &pids));
        Ok(())
    }
}

/// Service → its groups, line by line; `None`: nobody's own.
fn read_groups(file: &Path) -> Result<HashMap<String, Vec<Option<i32>>>> {
    let mut groups: HashMap<String, Vec<Option<i32>>> = HashMap::new();
    for (number, line) in lines(file, true)? {
        let group = line.strip_prefix("PGID:").and_then(|rest| rest.rsplit_once(':'));
        let (service, pgid) = group.ok_or_else(|| malformed(file, number, GROUPS))?;
        // `ps` prints nothing for a process that is gone already. Init's group all of a container may be in, and 0 is one from outside of it.
        let pgid = match pgid {
            "" => None,
            pgid => {
                Some(group_of(pgid).ok_or_else(|| malformed(file, number, GROUPS))?).filter(|pgid| *pgid > 1)
            }
        };
        groups.entry(service.to_owned()).or_default().push(pgid);
    }
    Ok(groups)
}

/// Any number that a group may have.
fn group_of(text: &str) -> Option<i32> {
    text.trim().parse().ok().filter(|pgid| *pgid >= 0)
}

const PIDS: &str = "a pid above 1";
const GROUPS: &str = "PGID:service:pgid";
const SERVICES: &str = "service:pid";

/// Init is nobody's service.
fn pid_of(text: &str) -> Option<i32> {
    text.trim().parse().ok().filter(|pid| *pid > 1)
}

/// Lines that are not empty, with their numbers.
pub(super) fn lines(file: &Path, may_be_missing: bool) -> Result<Vec<(usize, String)>> {
    // Whoever opens a pipe waits until somebody writes to it.
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(unusable(file, "is no file", "name a list of pids"));
    }
    match fs::read_to_string(file) {
        Err(error) if may_be_missing && error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => {
            Err(unusable(file, &format!("cannot be read: {error}"), "name a list that this user may read"))
        }
        Ok(text) => {
            let lines = text.lines().map(str::trim).enumerate();
            Ok(lines
                .filter(|(_, line)| !line.is_empty())
                .map(|(at, line)| (at + 1, line.to_owned()))
                .collect())
        }
    }
}

/// One write a line: several writers do not mix.
fn append(file: &Path, line: &str) -> Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let _ = fs::create_dir_all(folder);
    }
    let written = OpenOptions::new().create(true).append(true).open(file);
    written.and_then(|mut open| open.write_all(line.as_bytes())).map_err(|error| {
        unusable(
            file,
            &format!("cannot be written: {error}"),
            "name a file in a folder that this user may write",
        )
    })
}

pub(super) fn malformed(file: &Path, line: usize, rule: &str) -> Error {
    unusable(
        file,
        &format!("cannot be used: line {line} must be {rule}"),
        "correct that line, or remove the file",
    )
    .detail("line", line)
}

fn unusable(file: &Path, what: &str, next: &str) -> Error {
    let place = file.display();
    Error::new(ErrorCode::InvalidArgument, format!("{place} {what}; {next}"))
        .detail("file", place.to_string())
}

#[cfg(test)]
#[path = "pids_file_tests.rs"]
mod tests;
