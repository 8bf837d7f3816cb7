//! One process as the kernel described it at one moment.

use serde::{Deserialize, Serialize};

use super::ProcessIdentity;

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
    /// Its real user id.
    pub uid: u32,
    /// The kernel's `comm`, at most 15 bytes.
    pub name: String,
    /// Path of the executable, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exe: Option<String>,
    /// Command line, lossy where it is not UTF-8.
    pub argv: Vec<String>,
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
}
