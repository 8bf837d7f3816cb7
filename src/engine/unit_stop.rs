//! A stop of processes whose target is the first one of a unit: its guard ends the whole unit, and the stop is told and recorded like any other.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::spawn_local;

use super::audit::entries_of_report;
use super::errors;
use super::looks::on_helper;
use super::shared::Shared;
use super::stop_api::why_asked;
use super::unit_entry::UnitEntry;
use super::world::World;
use crate::model::{ExitCause, ProcessInfo, Result, StopReport};
use crate::process::is_kept_pid;
use crate::process::stop::{StopOptions, Target};
use crate::sys::procfs;

/// How soon an abort is noticed.
const ASK_STEP: Duration = Duration::from_millis(50);

impl World {
    /// The unit that a stop is about, where its guard can do what is asked. It knows no first signal but its own; a group is a group, whoever leads it;
    /// and who is protected is left to the rules.
    pub(super) fn unit_of(&self, target: &Target, options: &StopOptions) -> Option<Rc<UnitEntry>> {
        let is_it = |entry: &&Rc<UnitEntry>| {
            entry.identity.borrow().as_ref().is_some_and(|identity| match target {
                Target::Pid(pid) => identity.pid == *pid,
                Target::Process(process) => identity == process,
                Target::Group(_) => false,
            })
        };
        let unit = self.units.borrow().values().find(is_it).cloned()?;
        let identity = unit.identity.borrow().clone()?;
        // A unit may outlive its first process, whose number somebody else has then.
        let _first = procfs::hold(&identity).ok()?;
        let can = (options.force || options.signal == libc::SIGTERM) && !is_kept_pid(identity.pid);
        can.then_some(unit)
    }

    /// Stops it, or tells who is in it.
    ///
    /// # Errors
    /// `ERR_ABORTED` when the caller ended his wait; the guard ends the unit all the same.
    pub(super) async fn stop_as_unit(
        self: &Rc<Self>,
        unit: Rc<UnitEntry>,
        target: Target,
        options: StopOptions,
    ) -> Result<StopReport> {
        let (shared, number) = (Arc::clone(&self.shared), unit.number);
        let seen = on_helper(move || shared.processes_of_unit(number)).await?;
        if options.dry_run {
            return Ok(would_stop(seen, options.force));
        }
        self.stop_unit(number, options.force, Some(options.grace), ExitCause::Stop);
        let report = end_of(Rc::clone(self), unit, target, seen);
        // It goes on when nobody waits any more: what was done has its lines in the log.
        let report = spawn_local(report);
        tokio::select! {
            report = report => report.map_err(|_| errors::closed()),
            () = cancelled(&options) => Err(errors::stop_aborted()),
        }
    }
}

async fn end_of(world: Rc<World>, unit: Rc<UnitEntry>, target: Target, seen: Vec<ProcessInfo>) -> StopReport {
    unit.wait_until_ended().await;
    let mut report = unit.stop_report();
    for process in report.processes_mut() {
        if let Some(seen) = seen.iter().find(|seen| seen.identity == process.identity) {
            *process = ProcessInfo { state: process.state, ..seen.clone() };
        }
    }
    if !unit.recorded.replace(true) {
        let log = world.shared.audit_log(None);
        world.shared.record(log, entries_of_report(&report, why_asked(&target))).await;
    }
    report
}

async fn cancelled(options: &StopOptions) {
    while !options.cancelled.load(Ordering::Relaxed) {
        tokio::time::sleep(ASK_STEP).await;
    }
}

fn would_stop(processes: Vec<ProcessInfo>, force: bool) -> StopReport {
    let (forced, stopped) = if force { (processes, Vec::new()) } else { (Vec::new(), processes) };
    StopReport { stopped, forced, ..StopReport::default() }
}

impl Shared {
    /// Everybody in a unit at this moment.
    pub(super) fn processes_of_unit(&self, number: u64) -> Vec<ProcessInfo> {
        let unit = self.units.get(number).map(|handle| (number, handle.shim));
        unit.map(|unit| self.processes.units.lock().sample(&[unit])).unwrap_or_default()
    }
}
