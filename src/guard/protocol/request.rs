//! What the host asks of its guard, and the guard of a shim.

use serde::{Deserialize, Serialize};

use crate::model::{ExitCause, Leftovers, MemoryCeiling};

/// A request of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Start a unit. Descriptors beside it: the sealed [`crate::model::SpawnSpec`], then stdin, stdout and stderr.
    Spawn(SpawnRequest),
    /// Stop a unit. Without effect on one that has ended or was never started.
    Stop(StopRequest),
    /// Stop every unit, start no more, leave.
    Shutdown {
        /// The grace of each unit, milliseconds.
        grace_ms: u64,
    },
    /// Continue a unit that was stopped ([`super::Event::Stopped`]); it gets the terminal if the host's group has it.
    Continue {
        /// Which one.
        unit: u64,
    },
}

/// A request of the guard to a shim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShimRequest {
    /// Stop the unit.
    Stop(StopRequest),
    /// Continue it.
    Continue,
}

/// How to run a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpawnRequest {
    /// The host's number for it; never used twice.
    pub unit: u64,
    /// The grace where nobody names another: for leftovers, and when the host is gone (at most [`crate::guard::GRACE_WITHOUT_HOST`]).
    pub grace_ms: u64,
    /// What becomes of what outlives the first process.
    pub leftovers: Leftovers,
    /// Beyond it the kernel kills the unit.
    pub memory: Option<MemoryCeiling>,
    /// What the ledger calls it: no argument and no value of the environment, at most 256 bytes.
    pub label: String,
}

/// How to stop a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRequest {
    /// Which one.
    pub unit: u64,
    /// SIGKILL at once.
    pub force: bool,
    /// Time between SIGTERM and SIGKILL, milliseconds; the largest number stands for ever, and no clock overflows by it. A second request can shorten it, never lengthen.
    pub grace_ms: u64,
    /// What the report gives as the cause.
    pub cause: ExitCause,
}
