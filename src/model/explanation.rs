//! What a process is, where it came from, and whether it may be stopped.

use serde::{Deserialize, Serialize};

use super::ProcessInfo;

/// A process with its surroundings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The process.
    pub process: ProcessInfo,
    /// Everybody above it, nearest first.
    pub chain: Vec<ProcessInfo>,
    /// How many are below it.
    pub descendants: u32,
    /// Resident memory of it and of those, bytes; what they share counts for each.
    pub tree_rss_bytes: u64,
    /// Where it listens, `address:port` (TCP).
    pub listens: Vec<String>,
    /// Whose unit it is of, where it runs under a guard.
    pub unit: Option<UnitAbove>,
    /// The rule that protects it from being stopped, as the end of a sentence; `None`: it may be stopped.
    pub protected: Option<String>,
}

/// The unit above a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitAbove {
    /// The first process of the unit.
    pub first_pid: i32,
    /// The shim above it.
    pub shim_pid: i32,
    /// The shim's guard; `None` when that is gone.
    pub guard_pid: Option<i32>,
    /// The guard's host; `None` when that is gone.
    pub host_pid: Option<i32>,
}
