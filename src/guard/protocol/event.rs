//! What a shim tells its guard, and the guard its host.

use serde::{Deserialize, Serialize};

use super::ReportBody;
use crate::model::ProcessIdentity;

/// Something that happened. Of a unit comes `Refused`, or `SpawnFailed`, or `Started` and later `Ended`, with at most one
/// `FirstExited` between. `Stopped` may come any number of times before that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The guard takes requests.
    Ready(Ready),
    /// A unit runs. Descriptor beside it, if nobody on the way was out of them: the pidfd of its first process.
    Started(Started),
    /// A unit could not be started; nothing of it is left.
    SpawnFailed(SpawnFailed),
    /// The guard does not act for this host any more: another guard may.
    Refused(Refused),
    /// The first process of a unit ended; what it left is being dealt with.
    FirstExited(FirstExited),
    /// The first process of a unit on a terminal was stopped, and the host's group has the terminal again.
    Stopped {
        /// Which unit.
        unit: u64,
        /// The signal that stopped it.
        signal: String,
    },
    /// Nothing of a unit is left, or its report names the survivors.
    Ended {
        /// Which unit.
        unit: u64,
        /// The report; where it is [`ReportBody::Attached`] its memory file lies beside, if nobody on the way was out of descriptors.
        report: ReportBody,
    },
}

/// What a guard can do here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// What works on this machine.
    pub capabilities: Capabilities,
    /// What does not and why, for people.
    pub warnings: Vec<String>,
}

/// What works on this machine for this guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Each unit has a cgroup that the kernel can kill whole.
    pub cgroup_kill: bool,
    /// The ledger is written.
    pub ledger: bool,
    /// Identities are unique for the boot (Linux 6.9 and later).
    pub strong_identity: bool,
    /// The guard outlives the host; not so where the host is PID 1 of a pid namespace.
    pub grace_after_host_death: bool,
}

/// A unit that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Which unit.
    pub unit: u64,
    /// Its first process.
    pub identity: ProcessIdentity,
    /// Its shim, the root of its tree.
    pub shim: i32,
}

/// A unit that does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpawnFailed {
    /// Which unit.
    pub unit: u64,
    /// What was being done.
    pub stage: Stage,
    /// The kernel's reason, 0 where there is none.
    pub errno: i32,
}

/// The steps of a spawn that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Stage {
    /// In the guard: no descriptors, no processes.
    Guard = 1,
    /// The shim could not start the command; with errno 0 it was killed before it told whether the command ran.
    Shim = 2,
    /// Reading the command that the host sent.
    Spec = 3,
    /// Entering the working directory.
    Directory = 4,
    /// Placing the standard streams.
    Streams = 5,
    /// Finding the command in `PATH`.
    Lookup = 6,
    /// Running a file that is there: its interpreter or loader is not.
    Interpreter = 7,
    /// Running the file.
    Exec = 8,
    /// Limiting its memory, where it must not run without.
    Limits = 9,
}

impl Stage {
    /// The stage of a number that a child wrote.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        let known = [
            Self::Shim,
            Self::Spec,
            Self::Directory,
            Self::Streams,
            Self::Lookup,
            Self::Interpreter,
            Self::Exec,
            Self::Limits,
        ];
        known.into_iter().find(|stage| *stage as u8 == number).unwrap_or(Self::Guard)
    }
}

/// A unit that the guard would not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Which unit.
    pub unit: u64,
    /// Why.
    pub reason: RefusalReason,
}

/// Why a guard does not act for its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalReason {
    /// The host has another user, group or supplementary groups than when it started this guard.
    Identity,
    /// The host's identity could not be read.
    IdentityUnreadable,
    /// The guard is leaving: after a shutdown or a SIGTERM.
    Leaving,
    /// The request does not carry what it must.
    Malformed,
}

/// How a first process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstExited {
    /// Which unit.
    pub unit: u64,
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// The kernel killed its unit at its memory ceiling.
    pub at_ceiling: bool,
}
