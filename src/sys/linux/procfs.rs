//! `/proc` as far as guard and shim need it: their own descendants and themselves, never the whole table.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use super::{clock, pidfd};
use crate::model::{ProcessIdentity, ProcessInfo, ProcessState};

/// One line of `/proc/<pid>/stat`, as far as anything here reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// The process.
    pub pid: i32,
    /// The kernel's `comm`.
    pub name: String,
    /// The state letter.
    pub state: u8,
    /// Its parent.
    pub ppid: i32,
    /// Its process group.
    pub pgid: i32,
    /// Its session.
    pub sid: i32,
    /// Its threads.
    pub threads: u32,
    /// Start, in ticks since boot.
    pub start_ticks: u64,
    /// Resident memory in pages.
    pub rss_pages: u64,
    /// Effective user id: the owner of the file.
    pub uid: u32,
}

/// Reads `/proc/<pid>/stat`.
///
/// # Errors
/// What `open(2)` and `read(2)` say; `InvalidData` for a line of an unknown form.
pub fn stat(pid: i32) -> io::Result<Stat> {
    let mut file = File::open(format!("/proc/{pid}/stat"))?;
    let uid = file.metadata()?.uid();
    let mut buffer = [0; 1024];
    let size = file.read(&mut buffer)?;
    parse_stat(&buffer[..size], uid).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The name may hold any byte, spaces and brackets too: it ends at the last `)`.
fn parse_stat(line: &[u8], uid: u32) -> Option<Stat> {
    let open = line.iter().position(|byte| *byte == b'(')?;
    let close = line.iter().rposition(|byte| *byte == b')')?;
    let pid = std::str::from_utf8(&line[..open]).ok()?.trim().parse().ok()?;
    let name = String::from_utf8_lossy(line.get(open + 1..close)?).into_owned();
    let rest: Vec<&str> = std::str::from_utf8(&line[close + 1..]).ok()?.split_ascii_whitespace().collect();
    Some(Stat {
        pid,
        name,
        state: *rest.first()?.as_bytes().first()?,
        ppid: rest.get(1)?.parse().ok()?,
        pgid: rest.get(2)?.parse().ok()?,
        sid: rest.get(3)?.parse().ok()?,
        threads: rest.get(17)?.parse().ok()?,
        start_ticks: rest.get(19)?.parse().ok()?,
        rss_pages: rest.get(21)?.parse().unwrap_or(0),
        uid,
    })
}

/// Adds the children of every thread of a process to `into`. `threads` of 1 saves listing them.
///
/// # Errors
/// What reading the `children` files says: an unreadable one is an error and never "none". A process that is gone has none.
pub fn children(pid: i32, threads: u32, into: &mut Vec<i32>) -> io::Result<()> {
    if threads == 1 {
        return children_of_task(&format!("/proc/{pid}/task/{pid}/children"), into);
    }
    let tasks = match std::fs::read_dir(format!("/proc/{pid}/task")) {
        Err(error) if is_gone(&error) => return Ok(()),
        tasks => tasks?,
    };
    for task in tasks {
        let Ok(task) = task else { continue };
        let path = format!("/proc/{pid}/task/{}/children", task.file_name().to_string_lossy());
        children_of_task(&path, into)?;
    }
    Ok(())
}

fn children_of_task(path: &str, into: &mut Vec<i32>) -> io::Result<()> {
    let mut list = Vec::new();
    match File::open(path).and_then(|file| read_small(file, &mut list)) {
        Err(error) if is_gone(&error) => return gone_or_unsupported(path),
        result => result?,
    }
    let numbers = list
        .split(u8::is_ascii_whitespace)
        .filter_map(|number| std::str::from_utf8(number).ok()?.parse().ok());
    into.extend(numbers.collect::<Vec<i32>>());
    Ok(())
}

/// Most processes have no children: one read, and nothing asked of the file before it.
fn read_small(mut file: File, into: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            size => into.extend_from_slice(&buffer[..size]),
        }
    }
}

/// A kernel without `children` files answers ENOENT for a task that is there.
fn gone_or_unsupported(path: &str) -> io::Result<()> {
    let task = std::path::Path::new(path).with_file_name("stat");
    if task.exists() && !std::path::Path::new(path).exists() {
        Err(io::ErrorKind::Unsupported.into())
    } else {
        Ok(())
    }
}

/// The fallback where `children` files cannot be read: every process whose parent this is.
///
/// # Errors
/// What listing `/proc` says.
pub fn children_by_scan(parent: i32, into: &mut Vec<i32>) -> io::Result<()> {
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        if stat(pid).is_ok_and(|stat| stat.ppid == parent) {
            into.push(pid);
        }
    }
    Ok(())
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
}

/// The kernel's id of this boot; empty where it cannot be read.
#[must_use]
pub fn boot_id() -> &'static str {
    static BOOT_ID: OnceLock<String> = OnceLock::new();
    BOOT_ID.get_or_init(|| {
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
    })
}

/// The pid namespace of this process, as the kernel names it; `None` where it cannot be read.
#[must_use]
pub fn pid_namespace() -> Option<String> {
    Some(std::fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned())
}

/// What a process is now: `None` when it ended before everything was read of one and the same process.
#[must_use]
pub fn look(pid: i32) -> Option<(ProcessIdentity, Stat)> {
    let hold = pidfd::open(pid).ok()?;
    let stat = stat(pid).ok()?;
    // A pidfd that still takes a signal was not reaped: the number, and so the line above, was this process's all along. EPERM
    // comes of a living one too.
    match pidfd::send_signal(hold.as_fd(), 0) {
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => None,
        _ => Some((identity(pid, pidfd::unique_inode(hold.as_fd()), &stat), stat)),
    }
}

/// Where the kernel gives no unique inode the token is the start time, marked as such.
fn identity(pid: i32, inode: Option<u64>, stat: &Stat) -> ProcessIdentity {
    let start_token = inode.map_or_else(|| format!("t{}", stat.start_ticks), |inode| inode.to_string());
    ProcessIdentity { pid, start_token, boot_id: boot_id().to_owned() }
}

/// Sends a signal to the process with this identity and to no other.
///
/// # Errors
/// ESRCH when that process is gone, else what `pidfd_send_signal(2)` says.
pub fn signal_by_identity(target: &ProcessIdentity, signal: i32) -> io::Result<()> {
    let hold = pidfd::open(target.pid)?;
    let token = match pidfd::unique_inode(hold.as_fd()) {
        Some(inode) => inode.to_string(),
        None => format!("t{}", stat(target.pid)?.start_ticks),
    };
    if token != target.start_token {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    pidfd::send_signal(hold.as_fd(), signal)
}

impl Stat {
    /// Whether the process has ended (its number may still be held).
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x') && self.threads <= 1
    }

    /// What the scheduler says.
    #[must_use]
    pub fn process_state(&self) -> ProcessState {
        match self.state {
            b'R' => ProcessState::Running,
            b'S' => ProcessState::Sleeping,
            b'D' => ProcessState::DiskSleep,
            b'T' | b't' => ProcessState::Stopped,
            b'Z' => ProcessState::Zombie,
            _ => ProcessState::Other,
        }
    }

    /// As an entry of a report.
    #[must_use]
    pub fn into_info(self, identity: ProcessIdentity) -> ProcessInfo {
        let state = self.process_state();
        ProcessInfo {
            identity,
            ppid: self.ppid,
            pgid: self.pgid,
            sid: self.sid,
            uid: self.uid,
            name: self.name,
            exe: None,
            argv: Vec::new(),
            state,
            rss_bytes: self.rss_pages * clock::page_size(),
            cpu_percent: 0.0,
            started_at: clock::ticks_to_epoch_ms(self.start_ticks),
            threads: self.threads,
            unit: None,
            orphan: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let line = b"42 (a) b ( c) S 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 12345 1000 55 0\n";
        let stat = parse_stat(line, 5).unwrap();
        assert_eq!((stat.pid, stat.name.as_str(), stat.state), (42, "a) b ( c", b'S'));
        assert_eq!((stat.ppid, stat.pgid, stat.sid, stat.threads), (7, 8, 9, 3));
        assert_eq!((stat.start_ticks, stat.rss_pages, stat.uid), (12345, 55, 5));
    }

    #[test]
    fn a_cut_line_is_refused() {
        assert_eq!(parse_stat(b"42 (a) S 7 8", 0), None);
        assert_eq!(parse_stat(b"", 0), None);
    }

    #[test]
    fn this_process_has_an_identity_that_stays() {
        let pid = std::process::id().cast_signed();
        let (first, stat) = look(pid).unwrap();
        assert_eq!(first, look(pid).unwrap().0);
        assert!(!stat.is_dead());
        signal_by_identity(&first, 0).unwrap();
    }

    #[test]
    fn another_token_is_not_signalled() {
        let pid = std::process::id().cast_signed();
        let (mut identity, _) = look(pid).unwrap();
        identity.start_token = "1".to_owned();
        assert_eq!(signal_by_identity(&identity, 0).unwrap_err().raw_os_error(), Some(libc::ESRCH));
    }
}
