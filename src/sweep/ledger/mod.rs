//! The last row of the table of deaths: two of host, guard and shim died in one instant, and what they left is stopped here.
//!
//! `files` reads the ledgers, `verdict` says which of them may be acted on, `carriers` finds whom they lead to, `rounds` says what is sent and
//! when, `run` carries it out, `sweep` is the whole of it.

mod carriers;
mod due;
mod files;
mod rounds;
mod run;
mod sweep;
mod verdict;

pub use sweep::{LedgerSweep, sweep_ledgers};
