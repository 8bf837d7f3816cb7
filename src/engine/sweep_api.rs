//! The engine's side of plans, cleanups and monitors: what the binding calls.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::spawn_local;

use super::Engine;
use super::cleanups::CleanupRequest;
use super::monitor::{Monitor, MonitorNumber, MonitorSink};
use super::monitor_options::MonitorOptions;
use super::stop_api::StopNumber;
use crate::model::{Result, StopReport};
use crate::process::stop::StopOptions;
use crate::sweep::{KillPlan, MonitorReport, MonitorRule};
use crate::sys::procfs;

impl Engine {
    /// Plans whom these rules choose, as JSON; looks as often as their limits must hold.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for what is wrong with a rule, `ERR_NATIVE` when there is no engine thread; and later when processes cannot be read.
    pub fn plan_kill(&self, rules: &str, done: impl FnOnce(Result<KillPlan>) + Send + 'static) -> Result<()> {
        let rules = MonitorRule::list(rules)?;
        self.shared.runtime()?.run(move |world| {
            let world = Rc::clone(world);
            spawn_local(async move { done(world.plan_kill(rules).await) });
        });
        Ok(())
    }

    /// Executes a plan that is not older than `most`; [`Engine::cancel_stop`] ends that.
    ///
    /// # Errors
    /// `ERR_PLAN_STALE`, `ERR_INVALID_ARGUMENT` for what is no plan, `ERR_NATIVE`; and later when processes cannot be read.
    pub fn execute_plan(
        &self,
        plan: &str,
        most: Option<Duration>,
        options: StopOptions,
        done: impl FnOnce(Result<StopReport>) + Send + 'static,
    ) -> Result<StopNumber> {
        let plan = KillPlan::from_json(plan)?;
        plan.check_fresh(procfs::boot_id(), SystemTime::now(), most)?;
        let runtime = self.shared.runtime()?;
        let (number, cancelled) = self.shared.processes.enter_stop();
        let options = StopOptions { cancelled, ..options };
        runtime.run(move |world| {
            let world = Rc::clone(world);
            spawn_local(async move {
                let report = world.execute_plan(plan, options).await;
                world.shared.processes.leave_stop(number);
                done(report);
            });
        });
        Ok(number)
    }

    /// Stops what a scope has over age and nobody holds.
    ///
    /// # Errors
    /// `ERR_NATIVE` when there is no engine thread; and later when processes cannot be read.
    pub fn clean_up(
        &self,
        request: CleanupRequest,
        done: impl FnOnce(Result<StopReport>) + Send + 'static,
    ) -> Result<()> {
        self.shared.runtime()?.run(move |world| {
            let world = Rc::clone(world);
            spawn_local(async move { done(world.clean_up(request).await) });
        });
        Ok(())
    }

    /// Stops one process with everything below it, unless a rule protects it.
    ///
    /// # Errors
    /// As [`Engine::clean_up`].
    pub fn kill_process(
        &self,
        pid: i32,
        reason: String,
        dry_run: bool,
        done: impl FnOnce(Result<StopReport>) + Send + 'static,
    ) -> Result<()> {
        self.shared.runtime()?.run(move |world| {
            let world = Rc::clone(world);
            spawn_local(async move { done(world.kill_process(pid, reason, dry_run).await) });
        });
        Ok(())
    }

    /// Begins to look at intervals, for the environment `owner`.
    ///
    /// # Errors
    /// `ERR_NATIVE` when there is no engine thread, `ERR_CONFIG` for a backend that there is not.
    pub fn start_monitor(
        &self,
        owner: u64,
        options: MonitorOptions,
        sink: Arc<dyn MonitorSink>,
    ) -> Result<MonitorNumber> {
        self.shared.config.backend()?;
        let number = self.shared.next_monitor();
        self.shared.runtime()?.run(move |world| {
            world.start_monitor(Monitor::new(number, owner, options, sink));
        });
        Ok(number)
    }

    /// Ends it. Without effect on one that has ended.
    pub fn stop_monitor(&self, number: MonitorNumber) {
        self.shared.on_engine(move |world| world.stop_monitor(number));
    }

    /// One pass; what it sees is told under the number that is returned, before `done`.
    ///
    /// # Errors
    /// As [`Engine::start_monitor`].
    pub fn check(
        &self,
        options: MonitorOptions,
        quick: bool,
        sink: Arc<dyn MonitorSink>,
        done: impl FnOnce(Result<MonitorReport>) + Send + 'static,
    ) -> Result<MonitorNumber> {
        let number = self.shared.next_monitor();
        self.shared.runtime()?.run(move |world| {
            world.check(Monitor::new(number, 0, options, sink), quick, done);
        });
        Ok(number)
    }
}
