//! One process as the kernel described it at one moment.

use serde::{Deserialize, Serialize};

use super::{ProcessIdentity, latin1};

/// What the scheduler says of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessState {
    /// On a core or waiting for one (`R`).
    Running,
    /// Waiting for an event (`S`).
    Sleeping,
    /// Waiting in the kernel, deaf even to SIGKILL (`D`).
    DiskSleep,
    /// Stopped by a signal or a tracer (`T`, `t`).
    Stopped,
    /// Dead, not yet reaped (`Z`).
    Zombie,
    /// Anything else, `I` and `X` among them.
    #[default]
    Other,
}

/// A process with what was read of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessInfo {
    /// Who it is.
    #[serde(flatten)]
    pub identity: ProcessIdentity,
    /// Its parent when it was read.
    pub ppid: i32,
    /// Its process group.
    pub pgid: i32,
    /// Its session.
    pub sid: i32,
    /// Its effective user id.
    pub uid: u32,
    /// The kernel's `comm`, at most 15 bytes.
    pub name: String,
    /// Path of the executable, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exe: Option<String>,
    /// Command line, lossy where it is not UTF-8.
    pub argv: Vec<String>,
    /// The command line byte by byte, only where it is not UTF-8. In JSON a string of it has one character for each byte.
    #[serde(skip_serializing_if = "Option::is_none", default, with = "latin1")]
    pub argv_raw: Option<Vec<Vec<u8>>>,
    /// What the scheduler says.
    pub state: ProcessState,
    /// Resident memory, bytes.
    pub rss_bytes: u64,
    /// Share of one core, percent.
    pub cpu_percent: f64,
    /// Milliseconds since the epoch.
    pub started_at: f64,
    /// Number of threads.
    pub threads: u32,
    /// The unit that it belongs to, where it is one of ours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Its parent died and a reaper holds it.
    pub orphan: bool,
    /// The kernel's number of the pid namespace that it is in, where it could be read. Another one than the reader's: it is in a container.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid_namespace: Option<u64>,
}

impl ProcessInfo {
    /// Whether it has ended and only waits to be reaped. A leader that ended before its threads has not.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state == ProcessState::Zombie && self.threads <= 1
    }

    /// Of whom nothing is known but who it is: the other fields are 0, empty or none.
    #[must_use]
    pub fn unread(identity: ProcessIdentity) -> Self {
        Self {
            identity,
            ppid: 0,
            pgid: 0,
            sid: 0,
            uid: 0,
            name: String::new(),
            exe: None,
            argv: Vec::new(),
            argv_raw: None,
            state: ProcessState::Other,
            rss_bytes: 0,
            cpu_percent: 0.0,
            started_at: 0.0,
            threads: 0,
            unit: None,
            orphan: false,
            pid_namespace: None,
        }
    }
}
