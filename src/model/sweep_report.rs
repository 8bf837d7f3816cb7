//! What a sweep of ledgers found and did.

use serde::{Deserialize, Serialize};

use super::{ProcessInfo, StopReport};

/// What became of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerState {
    /// Not touched: `detail` says why.
    Left,
    /// Its guard lived, without a host and stopped by somebody: it was continued and ended its units itself.
    Woken,
    /// Nothing of it is left; the file is gone.
    Swept,
    /// Something of it may be left: `detail` says what, and the next sweep looks again.
    Kept,
    /// It was of no use to anybody; the file is gone.
    Removed,
    /// It cannot be read as a ledger; nothing was done.
    Unusable,
    /// A dry run found that it is to be swept.
    ToSweep,
    /// A dry run found that it is of no use to anybody.
    ToRemove,
    /// A dry run found that its guard is to be woken.
    ToWake,
}

/// One ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerOutcome {
    /// Its path.
    pub file: String,
    /// What became of it.
    pub state: LedgerState,
    /// Why, for people.
    pub detail: String,
    /// The guard that wrote it.
    pub guard_pid: i32,
    /// That guard's host, where it is known.
    pub host_pid: Option<i32>,
    /// Processes of its units that were found.
    pub found: u32,
}

/// The outcome of a sweep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepReport {
    /// What was stopped, what was not, and what was protected.
    #[serde(flatten)]
    pub stop: StopReport,
    /// Everything that carries the cookie of a dead guard and may be stopped; in a dry run it is all that is told of them.
    pub found: Vec<ProcessInfo>,
    /// Every ledger in the folder.
    pub ledgers: Vec<LedgerOutcome>,
    /// Processes of this user whose environment nobody may read; they are not touched, and keep a ledger from being called clean.
    pub unreadable: Vec<i32>,
    /// Another sweep was under way all the time, and nothing was looked at.
    pub busy: bool,
}
