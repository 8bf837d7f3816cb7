//! One sweep: look, lock, wake, look again, stop. Blocks its thread for as long as the leftovers take.
//!
//! Only who carries the cookie of a ledger is stopped, acts as its user, and whose host and guard are provably gone.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::due::Due;
use super::files::{Content, LedgerFile, LedgerFiles};
use super::run::LedgerRun;
use super::verdict::{Here, Questions, Verdict, judge};
use super::wake::{is_stopped, wake_guards};
use crate::guard::{GRACE_WITHOUT_HOST, LedgerHead, remove_abandoned};
use crate::model::{Error, ErrorCode, LedgerOutcome, LedgerState, ProcessIdentity, Result, SweepReport};
use crate::sys::liveness::{self, Liveness};
use crate::sys::{pid_namespace, prctl, procfs};

/// No sweep waits longer for anybody.
const LONGEST_GRACE: Duration = Duration::from_secs(600);

/// How a sweep goes about it.
#[derive(Debug, Clone)]
pub struct LedgerSweep {
    /// Between SIGTERM and SIGKILL; at most ten minutes.
    pub grace: Duration,
    /// Looks and tells, and does nothing.
    pub dry_run: bool,
    /// How long it waits for another sweep to end.
    pub lock_patience: Duration,
}

impl Default for LedgerSweep {
    fn default() -> Self {
        Self { grace: GRACE_WITHOUT_HOST, dry_run: false, lock_patience: Duration::ZERO }
    }
}

/// Stops what the ledgers in a state directory lead to, and removes those that lead nowhere any more.
///
/// # Errors
/// `ERR_CONFIG` when the folder of the ledgers could be another user's work, `ERR_NATIVE` when `/proc` or the folder cannot be read.
pub fn sweep_ledgers(state_dir: &Path, how: &LedgerSweep) -> Result<SweepReport> {
    let began = Instant::now();
    let mut report = sweep(state_dir, how).map_err(|error| unreadable(state_dir, &error))?;
    report.stop.duration_ms = began.elapsed().as_secs_f64() * 1000.0;
    Ok(report)
}

fn sweep(state_dir: &Path, how: &LedgerSweep) -> io::Result<SweepReport> {
    let here = Here {
        boot_id: procfs::boot_id().to_owned(),
        pid_namespace: procfs::pid_namespace(),
        uid: prctl::effective_uid(),
        own: procfs::look(prctl::own_pid()).map(|(identity, _)| identity),
    };
    let mut report = SweepReport::default();
    let Some(files) = LedgerFiles::open(state_dir, here.uid)? else { return Ok(report) };
    let (outcomes, due) = look(&files, &here)?;
    if how.dry_run {
        report.ledgers = outcomes;
        LedgerRun::new(due, here.uid, Duration::ZERO).tell(&mut report)?;
        return Ok(report);
    }
    if due.is_empty() && outcomes.iter().all(|outcome| !is_work(outcome.state)) {
        report.ledgers = outcomes;
        return Ok(report);
    }
    let Some(_lock) = files.lock(how.lock_patience)? else {
        report.busy = true;
        return Ok(report);
    };
    wake_guards(&files, &here, &mut report)?;
    // Whoever had the lock before may have done it all.
    let (outcomes, due) = look(&files, &here)?;
    report.ledgers.extend(outcomes.into_iter().map(settle));
    LedgerRun::new(due, here.uid, how.grace.min(LONGEST_GRACE)).run(&mut report)?;
    // Its guard would have removed them.
    remove_abandoned();
    Ok(report)
}

/// Whether more is to be done than to leave it alone.
fn is_work(state: LedgerState) -> bool {
    matches!(state, LedgerState::ToRemove | LedgerState::ToWake)
}

/// Judges every ledger. Those that are due to be swept come apart.
fn look(files: &LedgerFiles, here: &Here) -> io::Result<(Vec<LedgerOutcome>, Vec<Due>)> {
    let (mut outcomes, mut due) = (Vec::new(), Vec::new());
    for file in files.all()? {
        let (state, detail) = match &file.content {
            Content::Unusable(why) => (LedgerState::Unusable, why.clone()),
            Content::Unwritten => judge_unwritten(&file),
            Content::Ledger { head, .. } => match judge_ledger(head, here) {
                Verdict::Sweep => {
                    due.push(Due::new(file));
                    continue;
                }
                Verdict::Wake if !is_stopped(&head.guard) => (LedgerState::Left, ENDS_THEM.to_owned()),
                verdict => told(verdict),
            },
        };
        outcomes.push(outcome(&file, state, detail));
    }
    Ok((outcomes, due))
}

/// A guard that lost its host needs nobody.
const ENDS_THEM: &str = "its host has ended, and its guard ends its units";

pub(super) fn judge_ledger(head: &LedgerHead, here: &Here) -> Verdict {
    let host = || head.host.as_ref().map_or(Liveness::Unknown, liveness::of);
    let guard = || liveness::of(&head.guard);
    judge(head, here, Questions { namespace: pid_namespace::liveness, host, guard })
}

/// A guard writes its first line before it forks anybody.
fn judge_unwritten(file: &LedgerFile) -> (LedgerState, String) {
    let (pid, start_token) = (file.guard_pid, file.start_token.clone());
    let guard = ProcessIdentity { pid, start_token, boot_id: procfs::boot_id().to_owned() };
    match liveness::of(&guard) {
        Liveness::Gone => {
            (LedgerState::ToRemove, "its guard ended before it had started anything".to_owned())
        }
        _ => (LedgerState::Left, "its guard has just begun".to_owned()),
    }
}

fn told(verdict: Verdict) -> (LedgerState, String) {
    let (state, why) = match verdict {
        Verdict::Remove(why) => (LedgerState::ToRemove, why),
        Verdict::Leave(why) => (LedgerState::Left, why),
        Verdict::Wake => (LedgerState::ToWake, "its host has ended, and somebody stopped its guard"),
        Verdict::Sweep => (LedgerState::ToSweep, "its host and its guard have ended"),
    };
    (state, why.to_owned())
}

pub(super) fn outcome(file: &LedgerFile, state: LedgerState, detail: String) -> LedgerOutcome {
    let host = match &file.content {
        Content::Ledger { head, .. } => head.host.as_ref().map(|host| host.pid),
        Content::Unwritten | Content::Unusable(_) => None,
    };
    LedgerOutcome {
        file: file.path.to_string_lossy().into_owned(),
        state,
        detail,
        guard_pid: file.guard_pid,
        host_pid: host,
        found: 0,
    }
}

/// Does what is due for a ledger that leads to nobody.
fn settle(outcome: LedgerOutcome) -> LedgerOutcome {
    match outcome.state {
        LedgerState::ToRemove => remove(outcome),
        // It was continued, and has not ended.
        LedgerState::ToWake => LedgerOutcome { state: LedgerState::Kept, ..outcome },
        _ => outcome,
    }
}

fn remove(outcome: LedgerOutcome) -> LedgerOutcome {
    match std::fs::remove_file(&outcome.file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let detail = format!("{}, and cannot be removed: {error}", outcome.detail);
            LedgerOutcome { state: LedgerState::Kept, detail, ..outcome }
        }
        _ => LedgerOutcome { state: LedgerState::Removed, ..outcome },
    }
}

fn unreadable(state_dir: &Path, error: &io::Error) -> Error {
    let (place, uid) = (state_dir.join("guards"), prctl::effective_uid());
    if error.kind() == io::ErrorKind::PermissionDenied {
        let text = format!(
            "the ledgers in {} are not swept: {error}; make it a folder of uid {uid} with mode 0700, or set \
             PROCMAN_STATE_DIR to one that is",
            place.display()
        );
        return Error::new(ErrorCode::Config, text).detail("folder", place.to_string_lossy().into_owned());
    }
    let text = format!("the ledgers in {} could not be swept: {error}; is /proc mounted?", place.display());
    Error::new(ErrorCode::Native, text).detail("folder", place.to_string_lossy().into_owned())
}
