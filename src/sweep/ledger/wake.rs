//! Guards that somebody stopped: awake they end their units themselves, which is better than anything a sweep can do.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::files::{Content, LedgerFiles};
use super::sweep::{judge_ledger, outcome};
use super::verdict::{Here, Verdict};
use crate::guard::{GRACE_WITHOUT_HOST, KILL_LIMIT};
use crate::model::{LedgerState, ProcessIdentity, SweepReport};
use crate::sys::liveness::{self, Liveness};
use crate::sys::{pidfd, poll, procfs};

/// What a woken guard may take to end all its units.
const GUARD_PATIENCE: Duration =
    GRACE_WITHOUT_HOST.saturating_add(KILL_LIMIT).saturating_add(Duration::from_secs(3));

/// A guard that was stopped and has no host any more: awake, it ends its units with the kernel's proof, and removes its ledger.
pub(super) fn wake_guards(files: &LedgerFiles, here: &Here, report: &mut SweepReport) -> io::Result<()> {
    let until = Instant::now() + GUARD_PATIENCE;
    for file in files.all()? {
        let Content::Ledger { head, .. } = &file.content else { continue };
        let wakes = judge_ledger(head, here) == Verdict::Wake && is_stopped(&head.guard);
        if wakes
            && procfs::signal_by_identity(&head.guard, libc::SIGCONT).is_ok()
            && ends_by(&head.guard, until)
        {
            let detail = "its guard had been stopped, without a host; it was continued and ended its units";
            report.ledgers.push(outcome(&file, LedgerState::Woken, detail.to_owned()));
        }
    }
    Ok(())
}

pub(super) fn is_stopped(guard: &ProcessIdentity) -> bool {
    procfs::look(guard.pid).is_some_and(|(identity, stat)| identity == *guard && stat.state == b'T')
}

fn ends_by(guard: &ProcessIdentity, until: Instant) -> bool {
    let Ok(hold) = pidfd::open(guard.pid) else { return true };
    let is_still_it = liveness::of(guard) == Liveness::Alive;
    !is_still_it
        || poll::is_ready(hold.as_fd(), libc::POLLIN, until.saturating_duration_since(Instant::now()))
}
