//! What is left of others: sweeps that stop it, by proof and never by guess.
//!
//! `ledger_sweep` is the last row of the table of deaths: what guards left that died together with their hosts.

mod carriers;
mod ledger_files;
mod ledger_rounds;
mod ledger_run;
mod ledger_sweep;
mod ledger_verdict;

pub use ledger_sweep::{LedgerSweep, sweep_ledgers};
