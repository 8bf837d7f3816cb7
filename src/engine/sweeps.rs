//! Sweeps of what former hosts, and lost guards of this one, left behind: on threads of their own, because they wait for deaths.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use super::Engine;
use super::audit::entries_of_report;
use super::host_context::HostContext;
use super::shared::Shared;
use crate::model::{
    Error, ErrorCode, FileSweepReport, ProcessInfo, RecordedProcess, Result, StopReport, SweepReport,
};
use crate::sweep::{AuditEntry, LedgerSweep, PidsFile, recorded, sweep_files, sweep_ledgers};
use crate::sys;

/// As whose wish a sweep is recorded, and why.
const RULE: &str = "sweep";
const REASON: &str = "carries the cookie of a guard that is gone, as is its host";

/// What went before a sweep of its own accord, for people.
const EARLIER_HOST: &str = "an earlier host and its guard died together";
const OWN_GUARD: &str = "a guard of this process died";

/// A sweep that another one is ahead of may have more to see than that one had.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);

impl Engine {
    /// Stops what dead hosts left, found by their guards' ledgers; `done` is called from another thread. Needs no guard and starts none.
    ///
    /// Ends in `ERR_CONFIG` when there is no folder for ledgers or it could be another user's work, in `ERR_NATIVE` when the machine refuses a
    /// thread or `/proc` cannot be read.
    pub fn sweep(
        &self,
        host: HostContext,
        how: LedgerSweep,
        done: impl FnOnce(Result<SweepReport>) + Send + 'static,
    ) {
        self.shared.config.seen_first(host);
        let Some(folder) = self.shared.config.state_dir() else { return done(Err(no_folder())) };
        let shared = Arc::clone(&self.shared);
        let sweep = move || {
            shared.config.need_linux("sweep what dead hosts left")?;
            shared.sweep_and_record(&folder, &how)
        };
        on_own_thread(sweep, done);
    }

    /// Removes files that are provably nobody's: sockets in folders, and lists of pids. Ends as [`crate::sweep::sweep_files`] does.
    pub fn sweep_files(
        &self,
        folders: Vec<PathBuf>,
        lists: Vec<PathBuf>,
        dry_run: bool,
        done: impl FnOnce(Result<FileSweepReport>) + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        let sweep = move || {
            shared.config.need_linux("prove that files are nobody's")?;
            sweep_files(&folders, &lists, dry_run)
        };
        on_own_thread(sweep, done);
    }

    /// Who has the numbers of a list of pids now. Ends as [`crate::sweep::recorded`] does.
    pub fn recorded_processes(
        &self,
        list: PathBuf,
        done: impl FnOnce(Result<Vec<RecordedProcess>>) + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        let read = move || {
            shared.config.need_linux("tell who has the numbers of a list")?;
            recorded(&list)
        };
        on_own_thread(read, done);
    }

    /// Adds a process to a list of pids.
    ///
    /// # Errors
    /// As [`PidsFile::add`]; `ERR_UNSUPPORTED` under a backend that does not read `/proc`.
    pub fn record_process(&self, list: &Path, service: &str, pid: i32) -> Result<()> {
        self.shared.config.need_linux("tell the group of a process for a list")?;
        PidsFile::add(list, service, pid)
    }
}

impl Shared {
    /// Once for each folder of ledgers: with its first guard.
    pub(super) fn sweep_first(self: &Arc<Self>, folder: Option<&PathBuf>) {
        if let Some(folder) = folder
            && self.swept.lock().insert(folder.clone())
        {
            self.sweep_alone(folder.clone(), EARLIER_HOST);
        }
    }

    /// A guard was lost: its shims, if they died with it or cannot act, left something.
    pub(super) fn sweep_behind(self: &Arc<Self>, folder: PathBuf) {
        self.sweep_alone(folder, OWN_GUARD);
    }

    fn sweep_alone(self: &Arc<Self>, folder: PathBuf, who_died: &'static str) {
        let shared = Arc::clone(self);
        // Nobody waits for this one: what it could not do is there for the next.
        let _ = start(move || {
            let how = LedgerSweep { lock_patience: LOCK_PATIENCE, ..LedgerSweep::default() };
            if let Ok(report) = shared.sweep_and_record(&folder, &how) {
                shared.add_warnings(summary(&report, who_died).into_iter().collect());
            }
        });
    }

    /// The part of a cleanup that is about dead hosts; nobody is found where there is no folder, or it cannot be used, or the backend has no guards.
    pub(super) async fn clean_up_dead_hosts(self: &Arc<Self>, dry_run: bool) -> StopReport {
        if self.config.need_linux("sweep what dead hosts left").is_err() {
            return StopReport::default();
        }
        let Some(folder) = self.config.state_dir() else { return StopReport::default() };
        let shared = Arc::clone(self);
        let how = LedgerSweep { dry_run, ..LedgerSweep::default() };
        let swept = tokio::task::spawn_blocking(move || shared.sweep_and_record(&folder, &how)).await;
        let Ok(Ok(SweepReport { mut stop, found, .. })) = swept else { return StopReport::default() };
        if dry_run {
            stop.stopped = found;
        }
        stop
    }

    /// Every action is a line of the audit log.
    fn sweep_and_record(&self, folder: &Path, how: &LedgerSweep) -> Result<SweepReport> {
        let report = sweep_ledgers(folder, how)?;
        self.record_here(self.audit_log(None), &audit_entries(&report, how.dry_run));
        Ok(report)
    }
}

fn audit_entries(report: &SweepReport, dry_run: bool) -> Vec<AuditEntry> {
    let why = |_: &ProcessInfo| (RULE.to_owned(), vec![REASON.to_owned()]);
    if !dry_run {
        return entries_of_report(&report.stop, why);
    }
    let found = |process: &ProcessInfo| {
        let (rule, reasons) = why(process);
        AuditEntry { action: "would-stop", rule, reasons, process: process.clone() }
    };
    report.found.iter().map(found).collect()
}

/// Calls `done` with what came of the work, or of the attempt to begin it.
pub(super) fn on_own_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
    done: impl FnOnce(Result<T>) + Send + 'static,
) {
    // Handed to the thread, or taken back where there is none.
    let done = Arc::new(Mutex::new(Some(done)));
    let theirs = Arc::clone(&done);
    let tell = |done: &Mutex<Option<_>>, outcome| {
        if let Some(done) = done.lock().take() {
            let done: Box<dyn FnOnce(Result<T>)> = Box::new(done);
            done(outcome);
        }
    };
    if let Err(error) = start(move || tell(&theirs, work())) {
        tell(&done, Err(error));
    }
}

fn start(work: impl FnOnce() + Send + 'static) -> Result<()> {
    let body = move || {
        sys::signal::block_all();
        work();
    };
    let thread = thread::Builder::new().name("procman-sweep".into()).spawn(body);
    thread.map(drop).map_err(|error| {
        Error::new(
            ErrorCode::Native,
            format!("the thread of a sweep could not be started: {error}; raise the limit on threads"),
        )
    })
}

/// One line where something was done or could not be done.
fn summary(report: &SweepReport, who_died: &str) -> Option<String> {
    let stopped = report.stop.stopped.len() + report.stop.forced.len();
    let left = report.stop.survivors.len();
    if stopped + left == 0 {
        return None;
    }
    let rest =
        if left == 0 { String::new() } else { format!("; {left} could not be stopped: run `procman sweep`") };
    Some(format!("{who_died} and left processes behind: {stopped} stopped{rest}"))
}

fn no_folder() -> Error {
    Error::new(
        ErrorCode::Config,
        "there is no folder for ledgers, and so nothing to sweep by: this user has no home, or PROCMAN_STATE_DIR is relative \
         to a directory that is gone; set it to the absolute path of a folder of its own",
    )
}
