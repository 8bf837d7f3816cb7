//! Who should be stopped among the processes of a machine, and why not: rules → plan → execution.
//!
//! Decides by pure functions over a process table; reads `/proc` and stops processes only through `process`.

mod audit_log;
mod default_rules;
mod excess;
mod interpreters;
mod limit_watch;
mod matcher;
mod pressure;
mod program;
mod redact;
mod rule;
#[cfg(test)]
mod test_processes;

pub use audit_log::{AuditEntry, AuditLog};
pub use default_rules::default_rules;
pub use excess::{Excess, Measure, excesses};
pub use limit_watch::{Judged, LimitWatch, MIN_SAMPLES, Sighting};
pub use matcher::Matcher;
pub use pressure::{MemoryEvents, Pressure, Stall};
pub use program::{Program, programs};
pub use redact::redact;
pub use rule::{Action, Limits, MonitorRule};
