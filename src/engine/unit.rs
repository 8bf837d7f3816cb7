//! A unit as the host sees it: what was asked for, and what becomes of it.

use std::os::fd::OwnedFd;
use std::time::Duration;

use crate::guard::protocol::UnitEnd;
use crate::model::{Error, Leftovers, MemoryCeiling, ProcessIdentity, SpawnSpec, StdioMode, TerminalMode};
use crate::process::ContainerRun;

/// The number of a unit; never used twice in a process.
pub type UnitNumber = u64;

/// As JavaScript and the processes of tables call a unit.
pub(super) fn id_of(number: UnitNumber) -> String {
    format!("unit-{number}")
}

/// The number in such a name.
pub(super) fn number_of(id: &str) -> Option<UnitNumber> {
    id.strip_prefix("unit-")?.parse().ok()
}

/// What to run, and how it ends.
#[derive(Debug)]
pub struct UnitRequest {
    /// Command, environment, directory.
    pub spec: SpawnSpec,
    /// stdin, stdout, stderr.
    pub stdio: [StdioMode; 3],
    /// Between SIGTERM and SIGKILL.
    pub grace: Duration,
    /// What becomes of processes that outlive the first one.
    pub leftovers: Leftovers,
    /// The longest that it may run.
    pub timeout: Option<Duration>,
    /// Beyond it the kernel kills it.
    pub memory: Option<MemoryCeiling>,
    /// Whether it shares the host's terminal, and how.
    pub terminal: Option<TerminalMode>,
    /// The environment that it ends with; `None`: the process.
    pub owner: Option<u64>,
    /// The pool whose instance it runs.
    pub pool: Option<u64>,
    /// Somebody has a connection to it that outlives any age: no cleanup stops it.
    pub held: bool,
    /// What it runs by a container engine, marked.
    pub container: Option<ContainerRun>,
}

/// The first process runs.
#[derive(Debug)]
pub struct StartedUnit {
    /// The first process.
    pub identity: ProcessIdentity,
    /// The host's ends of the pipes.
    pub stdio: [Option<OwnedFd>; 3],
    /// The kernel can kill the unit whole.
    pub in_cgroup: bool,
}

/// What becomes of a unit, in this order: `Started` or `Failed`; after `Started`, `FirstExited` at most once; `Ended` once, last. `Stopped` comes
/// only on a terminal, any number of times before `FirstExited`, even before `Started`.
#[derive(Debug)]
pub enum UnitEvent {
    /// The first process runs.
    Started(StartedUnit),
    /// It could not be started; the last event.
    Failed(Error),
    /// The first process ended; others may live.
    FirstExited {
        /// Exit code, unless a signal ended it.
        code: Option<i32>,
        /// The signal's name.
        signal: Option<String>,
        /// The kernel killed the unit at its memory ceiling.
        at_ceiling: bool,
    },
    /// The first process was stopped, as by Ctrl-Z.
    Stopped {
        /// The signal's name.
        signal: String,
    },
    /// Nothing of it is left, or the report says what is; the last event.
    Ended(UnitEnd),
}

/// Who hears of a unit. Called on the engine thread; must not block.
pub(super) type UnitListener = Box<dyn Fn(UnitEvent)>;
