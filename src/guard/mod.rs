//! The guard: what keeps the promise that nothing is left behind. See `docs/guard.md`.
//!
//! Three processes take part: the *host* (`client`), one *guard* per host and identity (`server`), and one *shim* per unit (`shim`).
//! They speak `protocol`. No tokio here, and no thread that outlives a listing: the host polls the client's descriptor in a loop of its own.

mod cgroups;
pub mod client;
pub mod failpoint;
mod kill_loop;
mod leaf;
mod ledger_head;
mod listing;
mod names;
mod outbox;
mod own_children;
pub mod protocol;
pub mod server;
mod shim;
pub(crate) mod survivors;
mod terminal;
pub(crate) mod tree;
mod waker;

use std::time::Duration;

pub use cgroups::{can_limit_memory, remove_abandoned};
pub use ledger_head::{LedgerHead, guard_of_name, ledger_folder};
pub use names::{GUARD_NAME, SHIM_NAME};

/// The longest grace of a unit whose host or guard is gone.
pub const GRACE_WITHOUT_HOST: Duration = Duration::from_secs(2);

/// How long a kill loop tries before it calls what is left survivors.
pub const KILL_LIMIT: Duration = Duration::from_secs(5);

/// The variable that marks every process of a unit as one of this guard's.
pub const COOKIE_VARIABLE: &str = "PROCMAN_COOKIE";
