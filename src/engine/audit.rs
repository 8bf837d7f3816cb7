//! Where the lines of the audit log go, and what becomes of one that cannot be written.

use std::path::PathBuf;

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
    pub(crate) async fn record(&self, log: Option<AuditLog>, entries: Vec<AuditEntry>) {
        let Some(log) = log.filter(|_| !entries.is_empty()) else { return };
        let written = tokio::task::spawn_blocking(move || log.append(&entries)).await;
        if let Ok(Err(warning)) = written {
            self.add_warnings(vec![warning]);
        }
    }
}

/// A line for each process that a stop was about; `plan` says why.
pub(super) fn entries_of_stop(plan: &KillPlan, report: &StopReport) -> Vec<AuditEntry> {
    let why = |process: &ProcessInfo| {
        plan.targets.iter().find(|choice| choice.process.identity == process.identity)
    };
    let entry = |action, process: &ProcessInfo, more: Option<&str>| {
        let choice = why(process);
        let below = || vec!["is below a target".to_owned()];
        let mut reasons = choice.map_or_else(below, |choice| choice.reasons.clone());
        reasons.extend(more.map(str::to_owned));
        let rule = choice.or(plan.targets.first()).map(|choice| choice.rule.clone()).unwrap_or_default();
        AuditEntry { action, rule, reasons, process: process.clone() }
    };
    let stopped = report.stopped.iter().map(|process| entry("stopped", process, None));
    let forced = report.forced.iter().map(|process| entry("forced", process, None));
    let survivors = report.survivors.iter().map(|it| entry("survived", &it.process, Some(&it.reason)));
    stopped
        .chain(forced)
        .chain(survivors)
        .chain(plan.refused.iter().map(|it| entry_of("refused", it)))
        .collect()
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
