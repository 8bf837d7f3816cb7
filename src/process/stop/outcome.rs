//! What a stop reports: who ended by what, who is alive and why, and whom it left alone.

use std::time::Duration;

use super::request::StopOptions;
use super::tracked::End;
use super::tree::Tree;
use crate::guard::survivors::survivors;
use crate::model::{Error, ProcessInfo, Result, StopReport, Survivor};
use crate::process::ProcessTable;

/// What a stop did, however it ended.
#[derive(Debug, Default)]
pub struct Stopped {
    /// As far as it went.
    pub report: StopReport,
    /// What ended it before its time: `ERR_ABORTED` when it was cancelled, `ERR_NATIVE` when `/proc` could not be read any more. Then the
    /// survivors of the report are those who were signalled and live on.
    pub cut_short: Option<Error>,
}

impl Stopped {
    /// The report of one that went to its end.
    ///
    /// # Errors
    /// What cut it short.
    pub fn into_result(self) -> Result<StopReport> {
        self.cut_short.map_or(Ok(self.report), Err)
    }
}

/// Why somebody is alive whom a stop had signalled before it was cut short.
const CUT_SHORT: &str = "was signalled before the stop was cut short, and had not ended by then";

/// Of a dry run: what would be done.
pub(super) fn report(mut tree: Tree<'_>, options: &StopOptions, duration: Duration) -> StopReport {
    let mut report = StopReport { refused: std::mem::take(&mut tree.entry.refused), ..StopReport::default() };
    if !options.dry_run {
        report.refused.extend(tree.unproved());
    }
    let mut alive = Vec::new();
    for mut tracked in tree.roster.into_members() {
        tracked.is_alive();
        match tracked.end() {
            _ if options.dry_run && options.force => report.forced.push(tracked.info),
            _ if options.dry_run => report.stopped.push(tracked.info),
            Some(End::Stopped) => report.stopped.push(tracked.info),
            Some(End::Forced) => report.forced.push(tracked.info),
            None => alive.push(as_last_seen(tracked.info, &tree.look)),
        }
    }
    report.survivors = survivors(alive);
    report.duration_ms = duration.as_secs_f64() * 1000.0;
    report
}

/// Of a stop that was cut short: whoever was signalled lives on, or has ended by that.
pub(super) fn report_of_cut_short(mut tree: Tree<'_>, duration: Duration) -> StopReport {
    let mut report = StopReport { refused: std::mem::take(&mut tree.entry.refused), ..StopReport::default() };
    for mut tracked in tree.roster.into_members().into_iter().filter(|tracked| tracked.was_asked) {
        tracked.is_alive();
        match tracked.end() {
            Some(End::Stopped) => report.stopped.push(tracked.info),
            Some(End::Forced) => report.forced.push(tracked.info),
            None => report.survivors.push(Survivor { process: tracked.info, reason: CUT_SHORT.to_owned() }),
        }
    }
    report.duration_ms = duration.as_secs_f64() * 1000.0;
    report
}

/// What may explain that it is alive.
fn as_last_seen(info: ProcessInfo, look: &ProcessTable) -> ProcessInfo {
    match look.find(&info.identity) {
        Some(now) => ProcessInfo { state: now.state, ppid: now.ppid, threads: now.threads, ..info },
        None => info,
    }
}
