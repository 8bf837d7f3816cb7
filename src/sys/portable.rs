//! Processes on any system that `sysinfo` knows: what is kept where the better facts of Linux are missing.
//!
//! No descriptor holds a process here: one is known by number and start time in whole seconds, and signalled by number right after a look at both. That
//! is no proof, and `capabilities()` says so.

use std::io;

use nix::sys::signal::{Signal, kill};
use nix::unistd;
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use crate::model::{ProcessIdentity, ProcessInfo, ProcessState};

/// The machine as it was seen last, for rates.
#[derive(Debug)]
pub struct Machine {
    system: System,
}

impl Machine {
    /// Nothing is read yet.
    ///
    /// # Errors
    /// `Unsupported` on a system that `sysinfo` does not know.
    pub fn new() -> io::Result<Self> {
        System::new().map(|system| Self { system }).map_err(|_| io::ErrorKind::Unsupported.into())
    }

    /// Every process that can be seen.
    pub fn processes(&mut self) -> Vec<ProcessInfo> {
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, what());
        self.system.processes().values().filter(|process| process.thread_kind().is_none()).map(info).collect()
    }

    /// Whoever has this number now.
    pub fn look(&mut self, pid: i32) -> Option<ProcessInfo> {
        let pid = Pid::from_u32(pid.unsigned_abs());
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, what());
        self.system.process(pid).map(info)
    }
}

/// When this system started, which stands for the id of its boot.
#[must_use]
pub fn boot_id() -> String {
    System::boot_time().map(|seconds| seconds.to_string()).unwrap_or_default()
}

/// Whether this process is there and has not ended.
#[must_use]
pub fn is_alive(identity: &ProcessIdentity) -> bool {
    let now = Machine::new().ok().and_then(|mut machine| machine.look(identity.pid));
    now.is_some_and(|now| now.identity == *identity && !now.is_dead())
}

/// Sends a signal to whoever has the number, if its start time is that of the identity.
///
/// # Errors
/// ESRCH when it is gone, EPERM when it is another user's.
pub fn signal(identity: &ProcessIdentity, signal: i32) -> io::Result<()> {
    if !is_alive(identity) {
        return Err(io::Error::from_raw_os_error(nix::libc::ESRCH));
    }
    let signal = if signal == 0 { None } else { Some(Signal::try_from(signal)?) };
    Ok(kill(unistd::Pid::from_raw(identity.pid), signal)?)
}

fn what() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing()
        .with_memory()
        .with_cpu()
        .with_user(UpdateKind::OnlyIfNotSet)
        .with_cmd(UpdateKind::Always)
        .with_exe(UpdateKind::OnlyIfNotSet)
}

fn info(process: &Process) -> ProcessInfo {
    let pid = process.pid().as_u32().cast_signed();
    let start_token = format!("s{}", process.start_time());
    let raw: Vec<Vec<u8>> = process.cmd().iter().map(|word| word.clone().into_encoded_bytes()).collect();
    let argv: Vec<String> = raw.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let is_text = raw.iter().all(|word| std::str::from_utf8(word).is_ok());
    ProcessInfo {
        ppid: process.parent().map_or(0, |parent| parent.as_u32().cast_signed()),
        pgid: unistd::getpgid(Some(unistd::Pid::from_raw(pid))).map_or(0, unistd::Pid::as_raw),
        sid: process.session_id().map_or(0, |session| session.as_u32().cast_signed()),
        uid: process.effective_user_id().or(process.user_id()).map_or(u32::MAX, |uid| **uid),
        name: process.name().to_string_lossy().into_owned(),
        exe: process.exe().map(|path| path.to_string_lossy().into_owned()),
        argv,
        argv_raw: (!is_text).then_some(raw),
        state: state(process.status()),
        rss_bytes: process.memory(),
        cpu_percent: cpu_percent(process),
        started_at: milliseconds(process.start_time()),
        threads: 1,
        ..ProcessInfo::unread(ProcessIdentity { pid, start_token, boot_id: boot_id() })
    }
}

/// A rate since the look before; over the whole life on the first, where none can be told.
fn cpu_percent(process: &Process) -> f64 {
    let rate = f64::from(process.cpu_usage());
    let life = milliseconds(process.run_time());
    if rate > 0.0 || life <= 0.0 { rate } else { 100.0 * as_f64(process.accumulated_cpu_time()) / life }
}

fn milliseconds(seconds: u64) -> f64 {
    as_f64(seconds.saturating_mul(1000))
}

#[expect(clippy::cast_precision_loss, reason = "times of one machine")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

fn state(status: ProcessStatus) -> ProcessState {
    match status {
        ProcessStatus::Run => ProcessState::Running,
        ProcessStatus::Sleep | ProcessStatus::Idle => ProcessState::Sleeping,
        ProcessStatus::UninterruptibleDiskSleep => ProcessState::DiskSleep,
        ProcessStatus::Stop | ProcessStatus::Tracing => ProcessState::Stopped,
        ProcessStatus::Zombie | ProcessStatus::Dead => ProcessState::Zombie,
        _ => ProcessState::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_as_the_other_backend_sees_it() {
        let pid = std::process::id().cast_signed();
        let seen = Machine::new().unwrap().look(pid).unwrap();
        let (_, stat) = crate::sys::procfs::look(pid).unwrap();
        assert_eq!((seen.ppid, seen.pgid, seen.sid, seen.uid), (stat.ppid, stat.pgid, stat.sid, stat.uid));
        assert_eq!(seen.argv, std::env::args().collect::<Vec<_>>());
        assert!(is_alive(&seen.identity) && seen.rss_bytes > 1 << 20);
        signal(&seen.identity, 0).unwrap();
    }

    #[test]
    fn another_start_time_is_not_signalled() {
        let seen = Machine::new().unwrap().look(std::process::id().cast_signed()).unwrap();
        let stranger = ProcessIdentity { start_token: "s1".to_owned(), ..seen.identity };
        assert_eq!(signal(&stranger, 0).unwrap_err().raw_os_error(), Some(nix::libc::ESRCH));
    }
}
