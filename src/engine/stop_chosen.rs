//! Executes a plan: units are stopped by their guards, others by identity.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::time::Instant;

use super::looks::on_helper;
use super::shared::Shared;
use super::unit::number_of;
use super::unit_entry::UnitEntry;
use super::world::World;
use crate::model::{ExitCause, ProcessInfo, Result, StopReport};
use crate::process::stop::{self, StopOptions, Stopped, Target, Tools};
use crate::sweep::{Choice, KillPlan, why_changed};

/// What became of the targets of a plan.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) stopped: Stopped,
    /// Units whose stop goes on although the rest was cut short.
    ending: Vec<Rc<UnitEntry>>,
}

impl Chosen {
    /// Until the units have ended too: what became of them.
    pub(super) async fn wait_for_units(&mut self) -> StopReport {
        let mut report = StopReport::default();
        for unit in std::mem::take(&mut self.ending) {
            unit.wait_until_ended().await;
            report.absorb(unit.stop_report());
        }
        report
    }
}

impl World {
    /// Stops the targets of a plan; the refused ones of it are among those of the report. `cause`: why units end, for their own reports.
    ///
    /// # Errors
    /// `ERR_NATIVE` when `/proc` cannot be read.
    pub(super) async fn stop_chosen(
        self: &Rc<Self>,
        plan: &KillPlan,
        options: &StopOptions,
        cause: ExitCause,
    ) -> Result<Chosen> {
        let begin = Instant::now();
        let units = self.begin_to_stop_units(plan, options, cause);
        let foreign =
            plan.targets.iter().filter(|choice| self.unit_of_choice(choice).is_none()).cloned().collect();
        let mut stopped = self.stop_foreign_ones(foreign, options).await?;
        let mut chosen = Chosen { ending: units, ..Chosen::default() };
        if stopped.cut_short.is_none() {
            stopped.report.absorb(chosen.wait_for_units().await);
        }
        stopped.report.refuse_also(plan.refused.iter().map(Choice::refusal));
        stopped.report.duration_ms = begin.elapsed().as_secs_f64() * 1e3;
        Ok(Chosen { stopped, ..chosen })
    }

    /// Who would be stopped, with everybody below them.
    ///
    /// # Errors
    /// `ERR_NATIVE` when `/proc` cannot be read.
    pub(super) async fn would_stop(
        self: &Rc<Self>,
        plan: &KillPlan,
        options: &StopOptions,
    ) -> Result<StopReport> {
        let (units, foreign): (Vec<Choice>, Vec<Choice>) =
            plan.targets.iter().cloned().partition(|choice| self.unit_of_choice(choice).is_some());
        let mut report = self.stop_foreign_ones(foreign, options).await?.into_result()?;
        report.stopped.extend(units.into_iter().map(|choice| choice.process));
        report.refuse_also(plan.refused.iter().map(Choice::refusal));
        Ok(report)
    }

    /// Each once, however many of its processes are targets.
    fn begin_to_stop_units(
        &self,
        plan: &KillPlan,
        options: &StopOptions,
        cause: ExitCause,
    ) -> Vec<Rc<UnitEntry>> {
        let mut seen = BTreeSet::new();
        let units = plan.targets.iter().filter_map(|choice| self.unit_of_choice(choice));
        let units: Vec<Rc<UnitEntry>> = units.filter(|unit| seen.insert(unit.number)).collect();
        for unit in &units {
            self.stop_unit(unit.number, options.force, Some(options.grace), cause);
        }
        units
    }

    fn unit_of_choice(&self, choice: &Choice) -> Option<Rc<UnitEntry>> {
        self.unit(number_of(choice.process.unit.as_deref()?)?)
    }

    async fn stop_foreign_ones(&self, targets: Vec<Choice>, options: &StopOptions) -> Result<Stopped> {
        if targets.is_empty() {
            return Ok(Stopped::default());
        }
        let (shared, options) = (std::sync::Arc::clone(&self.shared), options.clone());
        on_helper(move || shared.stop_trees(targets, &options)).await?
    }
}

impl Shared {
    /// Blocks until it is over. Each target is compared with what was planned once more when it is held.
    fn stop_trees(&self, targets: Vec<Choice>, options: &StopOptions) -> Result<Stopped> {
        let planned: HashMap<i32, ProcessInfo> =
            targets.into_iter().map(|choice| (choice.process.identity.pid, choice.process)).collect();
        let roots: Vec<Target> =
            planned.values().map(|process| Target::Process(process.identity.clone())).collect();
        let criteria = move |now: &ProcessInfo| match planned.get(&now.identity.pid) {
            Some(planned) => why_changed(now, planned).map_or(Ok(()), Err),
            None => Ok(()),
        };
        let tools = Tools { sampler: self.sampler()?, guard: self.guard_binary().ok() };
        stop::stop(&roots, options, Some(&criteria), tools)
    }
}
