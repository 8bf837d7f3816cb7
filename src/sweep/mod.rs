//! Who should be stopped among the processes of a machine, and why not: rules → plan → execution.
//!
//! Decides by pure functions over a process table; reads `/proc` and stops processes only through `process`. `ledger` stops what guards left
//! that died together with their hosts, `leftovers` removes the files that nobody owns any more.

mod audit_log;
mod claims;
mod cleanup_choice;
mod cookies;
mod default_rules;
mod editors;
mod excess;
mod eye;
mod interpreter_table;
mod interpreters;
mod ledger;
mod leftovers;
mod limit_watch;
mod matcher;
mod monitor_report;
mod plan;
mod planner;
mod pressure;
mod program;
mod recheck;
mod redact;
mod rule;
mod secret_forms;
mod survey;
#[cfg(test)]
mod test_processes;
mod watcher;

pub use audit_log::{AuditEntry, AuditLog};
pub use claims::Claims;
pub use cleanup_choice::{Cleanup, RULE as CLEANUP_RULE, Scope, UnitFacts, clean_up};
pub use cookies::unguarded_carriers;
pub use default_rules::default_rules;
pub use excess::{Excess, Measure, excesses};
pub use eye::{Eye, Seen};
pub use ledger::{LedgerSweep, sweep_ledgers};
pub use leftovers::{PidsFile, recorded, sweep_files};
pub use limit_watch::{Judged, LimitWatch, MIN_SAMPLES, Sighting};
pub use matcher::Matcher;
pub use monitor_report::{Alert, Development, Exceeded, Level, MonitorReport};
pub use plan::{Choice, KillPlan};
pub use planner::{choose, plan, plan_now};
pub use pressure::{MemoryEvents, Pressure, Stall};
pub use program::{Program, programs};
pub use recheck::{recheck, why_changed};
pub use redact::redact;
pub use rule::{Action, Limits, MonitorRule};
pub use survey::{Found, Survey};
pub use watcher::{News, Watcher};
