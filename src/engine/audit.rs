//! Where the lines of the audit log go, and what becomes of one that cannot be written.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::shared::Shared;
use crate::model::{ProcessInfo, StopReport};
use crate::sweep::{AuditEntry, AuditLog, Choice, KillPlan};

/// In the folder of the ledger, unless `configure({ auditLog })` names another place.
const FILE: &str = "audit.jsonl";

impl Shared {
    /// The log: `named`, else what was configured, else the usual one; `None` where this user has no home.
    pub(crate) fn audit_log(&self, named: Option<PathBuf>) -> Option<AuditLog> {
        let settings = self.config.settings();
        let usual = || self.config.state_dir().map(|folder| folder.join(FILE));
        let path = named.or(settings.audit_log).or_else(usual)?;
        Some(AuditLog::new(path, settings.log_prefix.unwrap_or_default()))
    }

    /// Writes lines, on a helper thread. What cannot be written is told once, as a warning.
    pub(crate) async fn record(self: &Arc<Self>, log: Option<AuditLog>, entries: Vec<AuditEntry>) {
        if !entries.is_empty() {
            let shared = Arc::clone(self);
            // A panic of the helper is reported by its hook, and costs a line.
            let _ = spawn_blocking(move || shared.record_here(log, &entries)).await;
        }
    }

    /// The same on this thread.
    pub(crate) fn record_here(&self, log: Option<AuditLog>, entries: &[AuditEntry]) {
        if let Some(Err(warning)) = log.map(|log| log.append(entries)) {
            self.add_warnings(vec![warning]);
        }
    }
}

/// A line for each process that a stop was about; `plan` says why.
pub(super) fn entries_of_stop(plan: &KillPlan, report: &StopReport) -> Vec<AuditEntry> {
    let why = |process: &ProcessInfo| {
        let choice = plan.targets.iter().find(|choice| choice.process.identity == process.identity);
        let below = || vec!["is below a target".to_owned()];
        let reasons = choice.map_or_else(below, |choice| choice.reasons.clone());
        let rule = choice.or(plan.targets.first()).map(|choice| choice.rule.clone());
        (rule.unwrap_or_default(), reasons)
    };
    let refused = plan.refused.iter().map(|choice| entry_of("refused", choice));
    entries_of_report(report, why).into_iter().chain(refused).collect()
}

/// A line for each process that was stopped or outlived it; `why` says by which rule, and for what reasons.
pub(super) fn entries_of_report(
    report: &StopReport,
    why: impl Fn(&ProcessInfo) -> (String, Vec<String>),
) -> Vec<AuditEntry> {
    let entry = |action, process: &ProcessInfo, more: Option<&str>| {
        let (rule, mut reasons) = why(process);
        reasons.extend(more.map(str::to_owned));
        AuditEntry { action, rule, reasons, process: process.clone() }
    };
    let stopped = report.stopped.iter().map(|process| entry("stopped", process, None));
    let forced = report.forced.iter().map(|process| entry("forced", process, None));
    let survivors = report.survivors.iter().map(|it| entry("survived", &it.process, Some(&it.reason)));
    stopped.chain(forced).chain(survivors).collect()
}

/// A line for each target that a dry run would have stopped, and for each refusal.
pub(super) fn entries_of_dry_run(plan: &KillPlan) -> Vec<AuditEntry> {
    let targets = plan.targets.iter().map(|choice| entry_of("would-stop", choice));
    targets.chain(plan.refused.iter().map(|choice| entry_of("refused", choice))).collect()
}

/// A line about one choice.
pub(super) fn entry_of(action: &'static str, choice: &Choice) -> AuditEntry {
    let Choice { process, rule, reasons } = choice;
    AuditEntry { action, rule: rule.clone(), reasons: reasons.clone(), process: process.clone() }
}
