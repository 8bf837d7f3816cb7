//! Processes for tests, made word by word.

use crate::model::{ProcessIdentity, ProcessInfo, ProcessState};

/// A process under construction; child of 1, of this boot and user, asleep.
#[derive(Debug, Clone)]
pub(crate) struct Made(ProcessInfo);

/// Begins with the number `pid`.
pub(crate) fn process(pid: i32) -> Made {
    Made(ProcessInfo {
        identity: ProcessIdentity { pid, start_token: format!("token-{pid}"), boot_id: "boot".into() },
        ppid: 1,
        pgid: pid,
        sid: pid,
        uid: OWN_UID,
        name: String::new(),
        exe: None,
        argv: Vec::new(),
        state: ProcessState::Sleeping,
        rss_bytes: 0,
        cpu_percent: 0.0,
        started_at: 0.0,
        threads: 1,
        unit: None,
        orphan: false,
    })
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

    pub(crate) fn build(self) -> ProcessInfo {
        self.0
    }
}
