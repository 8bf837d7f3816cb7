//! Monitors on the engine thread: when they look, what they tell, and what follows from what they see.
//!
//! A monitor ends with the environment that made it and with the engine.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tokio::task::spawn_local;

use super::audit::{entries_of_dry_run, entries_of_stop, entry_of};
use super::looks::Pass;
use super::monitor::{Monitor, MonitorNumber};
use super::stop_chosen::Chosen;
use super::unit::number_of;
use super::world::World;
use crate::model::{ExitCause, Result, StopReport};
use crate::process::stop::{StopOptions, Stopped};
use crate::sweep::{AuditEntry, Choice, Eye, KillPlan, MonitorReport, MonitorRule, Seen};

/// What a pool says to a wish to replace an instance.
enum Replacing {
    /// The server's name.
    Begun(String),
    /// One after the other.
    Later,
    /// There is no such instance.
    Never,
}

/// Those that look at intervals.
pub(super) type Monitors = RefCell<HashMap<MonitorNumber, Rc<Monitor>>>;

impl World {
    /// Looks at intervals from now on.
    pub(super) fn start_monitor(self: &Rc<Self>, monitor: Monitor) {
        let monitor = Rc::new(monitor);
        self.monitors.borrow_mut().insert(monitor.number, Rc::clone(&monitor));
        let world = Rc::clone(self);
        spawn_local(async move {
            tokio::select! {
                () = world.keep_looking(&monitor) => {}
                () = monitor.ended.notified() => {}
            }
        });
    }

    /// Looks no more.
    pub(super) fn stop_monitor(&self, number: MonitorNumber) {
        if let Some(monitor) = self.monitors.borrow_mut().remove(&number) {
            monitor.ended.notify_one();
        }
    }

    /// Ends the monitors of an environment; `None`: all of them.
    pub(super) fn stop_monitors_of(&self, owner: Option<u64>) {
        let its = |monitor: &Monitor| owner.is_none_or(|owner| monitor.owner == owner);
        let ended = self.monitors.borrow_mut().extract_if(|_, monitor| its(monitor)).collect::<Vec<_>>();
        ended.iter().for_each(|(_, monitor)| monitor.ended.notify_one());
    }

    /// Looks until every limit that is exceeded has been for long enough, or is not any more. `quick`: one look, and nothing is done.
    pub(super) fn check(
        self: &Rc<Self>,
        monitor: Monitor,
        quick: bool,
        done: impl FnOnce(Result<MonitorReport>) + 'static,
    ) {
        let world = Rc::clone(self);
        spawn_local(async move {
            done(if quick { world.glance(&monitor).await } else { world.pass(&monitor).await });
        });
    }

    async fn keep_looking(self: &Rc<Self>, monitor: &Monitor) {
        let Some(interval) = monitor.options.interval else { return std::future::pending().await };
        let (mut eye, mut pause) = (None, interval);
        loop {
            // A helper that panicked took it along.
            if eye.is_none() {
                eye = self.shared.eye(monitor.options.rules.clone()).ok();
            }
            // A reading that failed is no sample; the next one may do better.
            if let Ok(seen) = self.look(&mut eye, pause).await {
                self.follow(monitor, seen).await;
            }
            let rising = eye.as_ref().is_some_and(Eye::is_rising);
            pause = if rising { interval.min(monitor.options.step()) } else { interval };
            tokio::time::sleep(pause).await;
        }
    }

    async fn pass(self: &Rc<Self>, monitor: &Monitor) -> Result<MonitorReport> {
        let mut pass = Pass::new(&monitor.options, &self.shared)?;
        loop {
            let (seen, last) = pass.next(self).await?;
            let report = seen.report.clone();
            self.follow(monitor, seen).await;
            if last {
                self.give_up_waiting(monitor).await;
                return Ok(report);
            }
        }
    }

    /// What one look sees counts: nothing is done about it.
    async fn glance(self: &Rc<Self>, monitor: &Monitor) -> Result<MonitorReport> {
        let at_once = |rule: &MonitorRule| MonitorRule { sustain: Duration::ZERO, ..rule.clone() };
        let mut eye = Some(self.shared.eye(monitor.options.rules.iter().map(at_once).collect())?);
        let report = self.look(&mut eye, Duration::ZERO).await?.report;
        monitor.tell("sample", &report);
        Ok(report)
    }

    /// Tells what was seen, and does what the rules say.
    async fn follow(self: &Rc<Self>, monitor: &Monitor, seen: Seen) {
        let Seen { report, news, plan, .. } = &seen;
        monitor.tell("sample", report);
        news.exceeded.iter().for_each(|exceeded| monitor.tell("exceeded", exceeded));
        news.zombies.iter().for_each(|zombie| monitor.tell("zombie", zombie));
        news.orphans.iter().for_each(|orphan| monitor.tell("orphan", orphan));
        let exceeding = |exceeded| entry_of("exceeded", &crate::sweep::Exceeded::choice(exceeded));
        self.record_of(monitor, news.exceeded.iter().map(exceeding).collect()).await;
        let restarts = monitor.restarts(news, &seen.table);
        if monitor.options.dry_run {
            let restarts = restarts.iter().map(|choice| entry_of("would-restart", choice));
            let entries = entries_of_dry_run(plan).into_iter().chain(restarts).collect();
            return self.record_of(monitor, entries).await;
        }
        for choice in restarts {
            self.restart(monitor, choice).await;
        }
        if !plan.targets.is_empty() || !plan.refused.is_empty() {
            self.stop_exceeding(monitor, plan).await;
        }
    }

    async fn stop_exceeding(self: &Rc<Self>, monitor: &Monitor, plan: &KillPlan) {
        // What could not be looked at once more is not stopped; the next episode may be luckier.
        let options = StopOptions::default();
        let Ok((plan, _claims)) = self.claim(plan.clone(), &options).await else { return };
        let chosen = self.stop_chosen(&plan, &options, ExitCause::Stop).await;
        let Ok(Chosen { stopped: Stopped { report, .. }, .. }) = chosen else { return };
        self.record_of(monitor, entries_of_stop(&plan, &report)).await;
        monitor.tell("stopped", &report);
    }

    /// An instance of a pool is replaced, successor first. Nothing else can be started again by who did not start it.
    async fn restart(self: &Rc<Self>, monitor: &Monitor, choice: Choice) {
        match self.replace_instance_of(choice.process.unit.as_deref()) {
            Replacing::Begun(server) => {
                self.record_of(monitor, vec![entry_of("restarted", &choice)]).await;
                let Choice { process, rule, reasons } = choice;
                let told = json!({ "server": server, "rule": rule, "process": process, "reasons": reasons });
                monitor.tell("restarted", &told);
            }
            Replacing::Later => monitor.waiting.borrow_mut().push(choice),
            Replacing::Never => {
                let reason =
                    "is not restarted: only instances of pools can be started again; use the action 'stop'";
                self.refuse(monitor, choice, reason).await;
            }
        }
    }

    /// Nobody looks again: who still waits for its turn is told.
    async fn give_up_waiting(&self, monitor: &Monitor) {
        for choice in monitor.waiting.take() {
            let reason = "is not restarted yet: its pool replaces another instance first; check again";
            self.refuse(monitor, choice, reason).await;
        }
    }

    async fn refuse(&self, monitor: &Monitor, choice: Choice, reason: &str) {
        let refused = Choice { reasons: vec![reason.to_owned()], ..choice };
        self.record_of(monitor, vec![entry_of("refused", &refused)]).await;
        monitor.tell("stopped", &StopReport { refused: vec![refused.refusal()], ..StopReport::default() });
    }

    fn replace_instance_of(&self, unit: Option<&str>) -> Replacing {
        let Some((pool, instance)) = unit.and_then(number_of).and_then(|unit| self.watches.instance_in(unit))
        else {
            return Replacing::Never;
        };
        if pool.replace(instance, "monitor") {
            Replacing::Begun(pool.name.to_string())
        } else {
            Replacing::Later
        }
    }

    async fn record_of(&self, monitor: &Monitor, entries: Vec<AuditEntry>) {
        let log = self.shared.audit_log(monitor.options.log_file.clone());
        self.shared.record(log, entries).await;
    }
}
