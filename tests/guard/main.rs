//! The guard and its shims, against the kernel: every test starts real processes and asks the kernel who is left.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test, in its helpers too")]

mod adversaries;
mod basics;
mod ceilings;
mod deaths;
mod host_process;
mod inheritance;
mod ledgers;
mod limits;
mod support;
mod surroundings;
mod sweeps;
