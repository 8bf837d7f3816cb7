//! One line of `/proc/<pid>/stat`, read by its path: who is whose child, in whose group and session, since when and in which state. The cheapest
//! reading there is; it says nothing about identity but the start time.

use std::fs::{self, File};
use std::io::{self, Read};

use super::stat_line::Stat;
use crate::model::ProcessState;

/// Where a process, or a thread of one, stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The process.
    pub pid: i32,
    /// Its parent.
    pub ppid: i32,
    /// Its process group.
    pub pgid: i32,
    /// Its session.
    pub sid: i32,
    /// The kernel's `comm`.
    pub name: String,
    /// What the scheduler says; of a process, of its first thread.
    pub state: ProcessState,
    /// Its threads.
    pub threads: u32,
    /// Start, in ticks since boot.
    pub start_ticks: u64,
    /// It is a thread of the kernel, which no signal ends.
    pub is_kernel_thread: bool,
}

impl Lineage {
    /// Of whoever has this number now.
    ///
    /// # Errors
    /// ENOENT or ESRCH when nobody has it; `InvalidData` for a line of an unknown form.
    pub fn read(pid: i32) -> io::Result<Self> {
        Self::read_file(&format!("/proc/{pid}/stat"))
    }

    /// Of one thread of a process: its `state` is its own.
    ///
    /// # Errors
    /// As [`Lineage::read`].
    pub fn of_thread(pid: i32, thread: i32) -> io::Result<Self> {
        Self::read_file(&format!("/proc/{pid}/task/{thread}/stat"))
    }

    fn read_file(path: &str) -> io::Result<Self> {
        let mut buffer = [0; 1024];
        let size = File::open(path)?.read(&mut buffer)?;
        let stat = Stat::parse(&buffer[..size], 0).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self {
            pid: stat.pid,
            ppid: stat.ppid,
            pgid: stat.pgid,
            sid: stat.sid,
            state: stat.process_state(),
            threads: stat.threads,
            start_ticks: stat.start_ticks,
            is_kernel_thread: stat.is_kernel_thread(),
            name: stat.name,
        })
    }
}

/// The threads of a process.
///
/// # Errors
/// ENOENT when nobody has the number.
pub fn threads(pid: i32) -> io::Result<Vec<i32>> {
    let number = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    Ok(fs::read_dir(format!("/proc/{pid}/task"))?.filter_map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_lineage_is_what_the_whole_line_says() {
        let pid = std::process::id().cast_signed();
        let stat = crate::sys::procfs::stat(pid).unwrap();
        let lineage = Lineage::read(pid).unwrap();
        assert_eq!((lineage.pid, lineage.ppid, lineage.sid), (pid, stat.ppid, stat.sid));
        assert_eq!((lineage.start_ticks, lineage.name), (stat.start_ticks, stat.name));
        assert!(!lineage.is_kernel_thread);
    }

    #[test]
    fn each_thread_has_a_state_of_its_own() {
        let pid = std::process::id().cast_signed();
        let (end, wait) = std::sync::mpsc::channel::<()>();
        let waiter = std::thread::spawn(move || wait.recv());
        let states: Vec<ProcessState> = threads(pid)
            .unwrap()
            .into_iter()
            .filter_map(|thread| Some(Lineage::of_thread(pid, thread).ok()?.state))
            .collect();
        assert!(states.contains(&ProcessState::Running), "this one: {states:?}");
        assert!(states.len() > 1, "{states:?}");
        drop(end);
        waiter.join().unwrap().unwrap_err();
    }
}
