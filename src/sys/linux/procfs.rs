//! `/proc`: who is there, who is whose child, and signals by identity.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use super::pidfd;
use super::process_folder::ProcessFolder;
use super::process_numbers::ProcessNumbers;
pub use super::stat_line::Stat;
use crate::model::ProcessIdentity;

/// Reads `/proc/<pid>/stat`.
///
/// # Errors
/// What `open(2)` and `read(2)` say; `InvalidData` for a line of an unknown form.
pub fn stat(pid: i32) -> io::Result<Stat> {
    ProcessFolder::open(pid)?.stat()
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
    into.extend(all_pids()?.into_iter().filter(|pid| stat(*pid).is_ok_and(|stat| stat.ppid == parent)));
    Ok(())
}

/// The number of every process that can be seen.
///
/// # Errors
/// What listing `/proc` says.
pub fn all_pids() -> io::Result<Vec<i32>> {
    let mut listing = ProcessNumbers::open()?;
    let (mut all, mut portion) = (Vec::new(), Vec::new());
    loop {
        listing.next_portion(&mut portion)?;
        if portion.is_empty() {
            return Ok(all);
        }
        all.append(&mut portion);
    }
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
        _ => Some((identity(pid, hold.as_fd(), stat.start_ticks), stat)),
    }
}

/// What a token begins with that is only a start time.
const START_TIME: char = 't';

/// What tells a process from a later one of its number: the inode of its pidfd; where the kernel gives no unique one, the start time, marked
/// as such.
#[must_use]
pub fn token(hold: Option<BorrowedFd<'_>>, start_ticks: u64) -> String {
    hold.and_then(pidfd::unique_inode)
        .map_or_else(|| format!("{START_TIME}{start_ticks}"), |inode| inode.to_string())
}

/// Who is behind a descriptor.
#[must_use]
pub fn identity(pid: i32, hold: BorrowedFd<'_>, start_ticks: u64) -> ProcessIdentity {
    ProcessIdentity { pid, start_token: token(Some(hold), start_ticks), boot_id: boot_id().to_owned() }
}

/// Takes hold of the process with this identity and of no other.
///
/// # Errors
/// ESRCH when that process is gone, else what `pidfd_open(2)` says.
pub fn hold(target: &ProcessIdentity) -> io::Result<OwnedFd> {
    let gone = || io::Error::from_raw_os_error(libc::ESRCH);
    let hold = pidfd::open(target.pid)?;
    let token = match pidfd::unique_inode(hold.as_fd()) {
        Some(inode) => inode.to_string(),
        None => match stat(target.pid) {
            Err(error) if is_gone(&error) => return Err(gone()),
            stat => format!("{START_TIME}{}", stat?.start_ticks),
        },
    };
    if token == target.start_token { Ok(hold) } else { Err(gone()) }
}

/// Sends a signal to the process with this identity and to no other.
///
/// # Errors
/// ESRCH when that process is gone, else what `pidfd_send_signal(2)` says.
pub fn signal_by_identity(target: &ProcessIdentity, signal: i32) -> io::Result<()> {
    pidfd::send_signal(hold(target)?.as_fd(), signal)
}

#[cfg(test)]
mod tests {
    use super::*;

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
