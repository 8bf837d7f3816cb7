//! Stopping programs that were not started through procman: who belongs ([`members`]), held by identity ([`hold`]), step by step
//! ([`tree_stop`]).

mod hold;
mod members;
mod request;
mod tracked;
mod tree_stop;
mod unproved;

pub use request::{Criteria, StopOptions, Target};
pub use tree_stop::{Tools, stop};
