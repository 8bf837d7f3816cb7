//! Plans on the engine thread: made by looking, executed after looking again.

use std::rc::Rc;
use std::sync::Arc;

use tokio::task::spawn_local;

use super::audit::{entries_of_dry_run, entries_of_stop};
use super::looks::Pass;
use super::monitor_options::MonitorOptions;
use super::stop_chosen::Chosen;
use super::world::World;
use crate::model::{ExitCause, Result, StopReport};
use crate::process::stop::StopOptions;
use crate::sweep::{AuditLog, Claims, Exceeded, KillPlan, MonitorRule, choose, plan_now, recheck};

impl World {
    /// Whom rules choose: everybody that one without limits means, and who exceeds a limit of the others for long enough.
    pub(super) async fn plan_kill(self: &Rc<Self>, rules: Vec<MonitorRule>) -> Result<KillPlan> {
        let unlimited: Vec<MonitorRule> =
            rules.iter().filter(|rule| rule.limits.is_empty()).cloned().collect();
        let options = MonitorOptions { rules, interval: None, dry_run: true, log_file: None };
        let mut pass = Pass::new(&options, &self.shared)?;
        let seen = loop {
            let (seen, last) = pass.next(self).await?;
            if last {
                break seen;
            }
        };
        let plan = move || {
            let exceeding = seen.report.exceeded.iter().map(Exceeded::choice);
            let choices = exceeding.chain(choose(&seen.table, &unlimited)).collect();
            plan_now(&seen.table, choices, &seen.surroundings)
        };
        super::looks::on_helper(plan).await
    }

    /// Stops the targets that are still who they were. Never anybody else but whom the kernel's tree shows below them.
    pub(super) async fn execute_plan(
        self: &Rc<Self>,
        plan: KillPlan,
        options: StopOptions,
    ) -> Result<StopReport> {
        let now = self
            .look_once(move |table, surroundings| {
                let (targets, changed) = recheck(table, plan);
                let mut now = plan_now(table, targets, surroundings);
                now.refused.extend(changed);
                now
            })
            .await?;
        self.execute(now, options, ExitCause::Stop).await
    }

    /// Stops whom a plan of this moment names, or tells it, and records it.
    pub(super) async fn execute(
        self: &Rc<Self>,
        plan: KillPlan,
        options: StopOptions,
        cause: ExitCause,
    ) -> Result<StopReport> {
        let log = self.shared.audit_log(None);
        if options.dry_run {
            self.shared.record(log, entries_of_dry_run(&plan)).await;
            return self.would_stop(&plan, &options).await;
        }
        let (plan, _claims) = self.claim(plan, &options).await?;
        let chosen = self.stop_chosen(&plan, &options, cause).await?;
        self.shared.record(log.clone(), entries_of_stop(&plan, &chosen.stopped.report)).await;
        self.record_units_later(plan, chosen, log)
    }

    /// Leaves to other runs of this user whom they are stopping already. A SIGKILL more hurts nobody: who asks for it does not wait for another's grace.
    pub(super) async fn claim(
        &self,
        mut plan: KillPlan,
        options: &StopOptions,
    ) -> Result<(KillPlan, Option<Claims>)> {
        let folder = self.shared.config.state_dir().filter(|_| !options.force);
        let Some(folder) = folder.filter(|_| !plan.targets.is_empty()) else { return Ok((plan, None)) };
        let claim = move || {
            let claims = Claims::take(&folder, &mut plan).ok();
            (plan, claims)
        };
        super::looks::on_helper(claim).await
    }

    /// A stop that was cut short answers at once; its units end in their own time, and then have their lines too.
    fn record_units_later(
        self: &Rc<Self>,
        plan: KillPlan,
        mut chosen: Chosen,
        log: Option<AuditLog>,
    ) -> Result<StopReport> {
        let stopped = std::mem::take(&mut chosen.stopped);
        let shared = Arc::clone(&self.shared);
        spawn_local(async move {
            let refused_already = KillPlan { refused: Vec::new(), ..plan };
            let report = chosen.wait_for_units().await;
            shared.record(log, entries_of_stop(&refused_already, &report)).await;
        });
        stopped.into_result()
    }
}
