//! What is to be stopped, and how.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::model::{ProcessIdentity, ProcessInfo};

/// What a stop begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Whoever has this number when the stop begins, with everybody below.
    Pid(i32),
    /// This very process, with everybody below. One that is gone is no reason to touch whoever has its number.
    Process(ProcessIdentity),
    /// The members of a process group, and of no other.
    Group(i32),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pid(pid) | Self::Process(ProcessIdentity { pid, .. }) => {
                write!(f, "the end of process {pid}")
            }
            Self::Group(group) => write!(f, "the end of group {group}"),
        }
    }
}

/// How it is stopped.
#[derive(Debug, Clone)]
pub struct StopOptions {
    /// SIGKILL at once.
    pub force: bool,
    /// From the first signal to SIGKILL.
    pub grace: Duration,
    /// The first signal.
    pub signal: i32,
    /// Choose and refuse, but signal nobody.
    pub dry_run: bool,
    /// Users besides the own one whose processes may be stopped.
    pub named_uids: HashSet<u32>,
    /// Set from elsewhere, it ends the stop as soon as possible; nobody is left stopped.
    pub cancelled: Arc<AtomicBool>,
}

impl Default for StopOptions {
    fn default() -> Self {
        Self {
            force: false,
            grace: Duration::from_secs(2),
            signal: libc::SIGTERM,
            dry_run: false,
            named_uids: HashSet::new(),
            cancelled: Arc::default(),
        }
    }
}

impl StopOptions {
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Looks at a target once more when it is held by a descriptor: what was true when it was chosen may not be any more.
pub type Criteria = dyn Fn(&ProcessInfo) -> Result<(), String> + Send + Sync;
