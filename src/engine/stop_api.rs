//! The facade's part that stops a process with its tree, or a group: a unit of ours by its guard, anybody else on a thread of its own, because waiting for
//! the end of a tree is nothing for a thread that calls wait for.

use std::rc::Rc;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::spawn_local;

use super::audit::entries_of_report;
use super::shared::Shared;
use super::{Engine, errors};
use crate::model::{ProcessInfo, Result, StopReport};
use crate::process::stop::{self, StopOptions, Target, Tools};

/// Where a plan would name its rule.
const RULE: &str = "kill";

/// The number of a stop; never used twice in a process.
pub type StopNumber = u64;

impl Engine {
    /// Stops a process with everybody below it, or a group. One of our units is stopped by its guard. `done` is called when it is over, with
    /// `ERR_KILL_REFUSED` when a rule protects the target.
    ///
    /// # Errors
    /// As [`Engine::list_processes`].
    pub fn stop_processes(
        &self,
        target: Target,
        options: StopOptions,
        done: impl FnOnce(Result<StopReport>) + Send + 'static,
    ) -> Result<StopNumber> {
        let (number, cancelled) = self.shared.processes.enter_stop();
        let options = StopOptions { cancelled, ..options };
        let shared = Arc::clone(&self.shared);
        let done = move |result| {
            shared.processes.leave_stop(number);
            done(result);
        };
        if self.shared.has_thread() {
            let engine = self.clone();
            self.shared.on_engine(move |world| match world.unit_of(&target, &options) {
                Some(unit) => {
                    let world = Rc::clone(world);
                    spawn_local(async move { done(world.stop_as_unit(unit, target, options).await) });
                }
                None => engine.stop_foreign(target, options, done),
            });
        } else {
            self.stop_foreign(target, options, done);
        }
        Ok(number)
    }

    /// Ends a stop at its caller's wish, with `ERR_ABORTED`. Without effect on one that has ended.
    pub fn cancel_stop(&self, number: StopNumber) {
        self.shared.processes.cancel_stop(number);
    }

    fn stop_foreign(
        &self,
        target: Target,
        options: StopOptions,
        done: impl FnOnce(Result<StopReport>) + Send + 'static,
    ) {
        let done = Arc::new(Mutex::new(Some(done)));
        let told = Arc::clone(&done);
        let begun = self.on_thread(move |shared| {
            let result = shared.stop_foreign(&target, &options);
            if let Some(done) = told.lock().take() {
                done(result);
            }
        });
        if let Err(error) = begun
            && let Some(done) = done.lock().take()
        {
            done(Err(error));
        }
    }
}

/// As whose wish a stop is recorded, and why.
pub(super) fn why_asked(target: &Target) -> impl Fn(&ProcessInfo) -> (String, Vec<String>) {
    let reason = format!("the program asked for {target}");
    move |_| (RULE.to_owned(), vec![reason.clone()])
}

impl Shared {
    fn stop_foreign(&self, target: &Target, options: &StopOptions) -> Result<StopReport> {
        let tools = Tools { sampler: self.sampler()?, guard: self.guard_binary().ok() };
        let stopped = stop::stop(std::slice::from_ref(target), options, None, tools)?;
        if !options.dry_run {
            self.record_here(self.audit_log(None), &entries_of_report(&stopped.report, why_asked(target)));
        }
        let report = stopped.into_result()?;
        let number = match target {
            Target::Pid(number) | Target::Group(number) => *number,
            Target::Process(identity) => identity.pid,
        };
        let nothing_done =
            report.stopped.is_empty() && report.forced.is_empty() && report.survivors.is_empty();
        match report.refused.iter().find(|refusal| refusal.pid == number) {
            Some(refusal) if nothing_done && !options.dry_run => {
                Err(errors::kill_refused(number, &refusal.reason))
            }
            _ => Ok(report),
        }
    }
}
