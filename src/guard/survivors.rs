//! Why somebody is still alive after everything was tried.

use crate::model::{ProcessInfo, ProcessState, Survivor};
use crate::sys::prctl;

/// As entries of a report.
pub(crate) fn survivors(alive: Vec<ProcessInfo>) -> Vec<Survivor> {
    let own_uid = prctl::effective_uid();
    alive.into_iter().map(|process| Survivor { reason: why_alive(&process, own_uid), process }).collect()
}

fn why_alive(process: &ProcessInfo, own_uid: u32) -> String {
    if process.state == ProcessState::DiskSleep {
        "waits in the kernel (state D) and is deaf to SIGKILL; it ends when its device or file system answers"
            .to_owned()
    } else if process.uid != own_uid && own_uid != 0 {
        format!("runs as uid {}, which uid {own_uid} may not signal; stop it as that user", process.uid)
    } else {
        "was sent SIGKILL and had not ended at the deadline".to_owned()
    }
}
