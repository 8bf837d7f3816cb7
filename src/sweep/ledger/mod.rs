//! The last row of the table of deaths: two of host, guard and shim died in one instant, and what they left is stopped here.
//!
//! `files` reads the ledgers, `verdict` says which of them may be acted on, `wake` lets guards that were stopped do it, `carriers` finds whom the
//! others lead to, `places` which of them a shim ends, `rounds` says what is sent and when, `run` carries it out, `seen` remembers whom it met, `sweep`
//! is the whole of it.

mod carriers;
mod due;
mod files;
mod places;
mod rounds;
mod run;
mod seen;
mod sweep;
mod verdict;
mod wake;

pub use sweep::{LedgerSweep, sweep_ledgers};
