//! How a unit ended.

use serde::{Deserialize, Serialize};

use super::Survivor;

/// What made a unit end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExitCause {
    /// Its first process ended by itself or by somebody else's signal.
    Exit,
    /// Somebody asked procman to stop it.
    Stop,
    /// It ran longer than it was allowed to.
    Timeout,
    /// It used more memory than it was allowed to.
    Memory,
    /// It used more processor than it was allowed to.
    Cpu,
    /// It failed its health checks.
    Health,
    /// Its guard or shim was lost.
    Guard,
}

/// The end of a unit: its first process is gone and nothing of it is left, or `survivors` says what is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitExit {
    /// Exit code of the first process, unless a signal ended it.
    pub code: Option<i32>,
    /// Name of the signal that ended the first process.
    pub signal: Option<String>,
    /// From the start of the first process to the end of the unit, milliseconds.
    pub duration_ms: f64,
    /// Processes that outlived the first one.
    pub leftovers: u32,
    /// What could not be stopped.
    pub survivors: Vec<Survivor>,
    /// Largest resident set of any one process of the unit, bytes.
    pub max_rss_bytes: u64,
    /// What made it end.
    pub cause: ExitCause,
}
