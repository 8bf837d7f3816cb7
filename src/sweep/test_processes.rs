//! Processes for tests, made word by word.

use crate::model::{ProcessIdentity, ProcessInfo, ProcessState};
use crate::process::ProcessTable;

/// A process under construction; child of 1, of this boot and user, asleep.
#[derive(Debug, Clone)]
pub(crate) struct Made(ProcessInfo);

/// Begins with the number `pid`.
pub(crate) fn process(pid: i32) -> Made {
    let identity = ProcessIdentity { pid, start_token: format!("token-{pid}"), boot_id: "boot".into() };
    Made(ProcessInfo {
        ppid: 1,
        pgid: pid,
        sid: pid,
        uid: OWN_UID,
        state: ProcessState::Sleeping,
        threads: 1,
        ..ProcessInfo::unread(identity)
    })
}

/// A table of them, taken an hour after the epoch.
pub(crate) fn table(made: Vec<Made>) -> ProcessTable {
    ProcessTable::new(made.into_iter().map(Made::build).collect(), "boot", 3.6e6)
}

/// Whose processes the tests' are.
pub(crate) const OWN_UID: u32 = 1000;

impl Made {
    pub(crate) fn exe(mut self, path: &str) -> Self {
        self.0.exe = Some(path.to_owned());
        self
    }

    pub(crate) fn argv(mut self, argv: &[&str]) -> Self {
        self.0.argv = argv.iter().map(|arg| (*arg).to_owned()).collect();
        self
    }

    /// For what has no word of its own.
    pub(crate) fn info(&mut self) -> &mut ProcessInfo {
        &mut self.0
    }

    pub(crate) fn build(self) -> ProcessInfo {
        self.0
    }
}
