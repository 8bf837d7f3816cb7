//! Stopping programs that were not started through procman: a stop step by step ([`tree_stop`]), of a tree that is found, held and looked at
//! again ([`tree`]).
//!
//! | file | owns |
//! |---|---|
//! | `tree_stop` | the order of the steps |
//! | `tree` | targets, and whoever belongs to them |
//! | `lookout` | what is read of the machine |
//! | `members` | proofs of belonging (pure) |
//! | `entry`, `left_alone` | the rules, asked of whoever is held, and whom they turned away |
//! | `hold` | one member, by a descriptor |
//! | `tracked`, `roster` | what was done to one member, and to all |
//! | `stillness` | SIGSTOP, its proof, and the waker |
//! | `unproved` | who may have come of the tree |
//! | `outcome` | the report |

mod entry;
mod hold;
mod left_alone;
mod lookout;
mod members;
mod outcome;
mod request;
mod roster;
mod stillness;
mod tracked;
mod tree;
mod tree_stop;
mod unproved;

pub use outcome::Stopped;
pub use request::{Criteria, StopOptions, Target};
pub use tree_stop::{Tools, stop};
