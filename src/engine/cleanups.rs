//! Cleanups on the engine thread: what is over age and held by nobody.

use std::rc::Rc;
use std::time::Duration;

use super::unit_entry::UnitEntry;
use super::world::World;
use crate::model::{ExitCause, Result, StopReport};
use crate::process::stop::StopOptions;
use crate::sweep::{
    CLEANUP_RULE, Choice, KillPlan, Scope, UnitFacts, clean_up, plan_now, unguarded_carriers,
};
use crate::sys::prctl;

/// What a cleanup is asked to do.
#[derive(Debug, Clone, Copy)]
pub struct CleanupRequest {
    /// How far it reaches.
    pub scope: Scope,
    /// Who is younger is left alone.
    pub max_age: Duration,
    /// Nothing is done.
    pub dry_run: bool,
}

/// The mark by which people say that a process is to stay.
const KEPT: &[u8] = crate::process::KEEP_MARK.as_bytes();

impl World {
    /// Stops what the scope has over age and nobody holds.
    pub(super) async fn clean_up(self: &Rc<Self>, request: CleanupRequest) -> Result<StopReport> {
        let units: Vec<UnitFacts> = self.units.borrow().values().filter_map(facts).collect();
        let cookies = self.guards.cookies();
        let (plan, told) = self
            .look_once(move |table, surroundings| {
                let carriers =
                    unguarded_carriers(table, &cookies, &surroundings.guards, prctl::effective_uid());
                let found = clean_up(table, &units, &carriers, request.scope, request.max_age);
                let mut plan = plan_now(table, found.choices, surroundings);
                plan.targets.extend(found.units);
                (plan, found.told)
            })
            .await?;
        let mut report = self.execute(plan, options(request.dry_run), ExitCause::Timeout).await?;
        report.refused.extend(told.iter().map(Choice::refusal));
        report.absorb(self.shared.clean_up_dead_hosts(request.dry_run).await);
        Ok(report)
    }

    /// Stops one process, or the unit that it is of.
    pub(super) async fn kill_process(
        self: &Rc<Self>,
        pid: i32,
        reason: String,
        dry_run: bool,
    ) -> Result<StopReport> {
        let plan: KillPlan = self
            .look_once(move |table, surroundings| {
                let choice = |process: &crate::model::ProcessInfo| Choice {
                    process: process.clone(),
                    rule: CLEANUP_RULE.to_owned(),
                    reasons: vec![reason.clone()],
                };
                plan_now(table, table.get(pid).map(choice).into_iter().collect(), surroundings)
            })
            .await?;
        self.execute(plan, options(dry_run), ExitCause::Stop).await
    }
}

fn options(dry_run: bool) -> StopOptions {
    StopOptions { dry_run, ..StopOptions::default() }
}

/// `None`: it does not run yet.
fn facts(entry: &Rc<UnitEntry>) -> Option<UnitFacts> {
    let age = entry.started.get()?.elapsed();
    Some(UnitFacts { id: super::unit::id_of(entry.number), age, held: held(entry).map(str::to_owned) })
}

/// Who holds a unit, as the end of a sentence.
fn held(entry: &UnitEntry) -> Option<&'static str> {
    let request = &entry.request;
    let holders = [
        (request.owner.is_none(), "it serves a pool"),
        (request.held, "its connection is open"),
        (request.terminal.is_some(), "it has the terminal"),
        (request.timeout.is_some(), "it is inside its timeout"),
        (request.spec.env.iter().any(|entry| entry == KEPT), "PROCMAN_KEEP=1 is in its environment"),
    ];
    holders.into_iter().find(|(holds, _)| *holds).map(|(_, who)| who)
}
