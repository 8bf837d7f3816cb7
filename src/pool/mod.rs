//! MCP server instances: which process serves a call.
//!
//! Owns the choice, the waiters and the decisions to start and stop. Must not start or stop anything itself: what is to be done are
//! [`Effect`]s, carried out by the [`Hands`] of the layer above, which report back. Everything but [`Pool`] is pure.

mod ask;
mod backlog;
mod backoff;
mod checkout;
mod counters;
mod effect;
mod ending;
mod errors;
mod growing;
mod hands;
mod health;
mod held;
mod histogram;
mod holdings;
pub(crate) mod ids;
mod instance_state;
mod leak;
mod living;
mod look_pace;
mod memory_level;
mod memory_watch;
mod moving;
mod need;
mod open_tasks;
#[expect(clippy::module_inception, reason = "the one main type of the layer")]
mod pool;
mod report;
mod restart_policy;
mod restarts;
mod serving;
mod sessions;
mod state;
#[cfg(test)]
mod state_tests;
mod times;
mod unserved;
mod wait_queue;
mod watched;

pub(crate) use ask::{Ask, Patience, Pin};
pub(crate) use effect::{Notice, PoolEvent};
pub(crate) use errors::{closed, instance_id, released};
pub(crate) use hands::{Hands, Serves};
pub(crate) use health::{Advice, Health, HealthPolicy, Signs};
pub(crate) use held::{Asked, Held, Waiting, WaitingPlace};
pub(crate) use instance_state::{InstanceState, Phase};
pub(crate) use memory_watch::{MemoryAdvice, MemoryPolicy, MemoryWatch, Reading};
pub(crate) use pool::Pool;
pub(crate) use restarts::Restarts;
pub(crate) use state::PoolState;
pub(crate) use times::Summary;
