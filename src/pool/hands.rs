//! Who carries out what a pool decides.

use std::sync::Arc;
use std::time::Duration;

use super::effect::{Notice, PoolEvent};
use super::pool::Pool;
use crate::model::Error;

/// What an instance is to its pool.
pub(crate) trait Serves: Send + Sync + 'static {
    /// Requests have no chance any more, whether or not the pool has heard of its end.
    fn is_dead(&self) -> bool;
    /// Why it is dead, if it is.
    fn failure(&self) -> Option<Error>;
    /// It has answered something since it was ready.
    fn has_answered(&self) -> bool;
}

/// The layer above. Called with no lock held, from any thread; must not block.
pub(crate) trait Hands: Send + Sync + Sized + 'static {
    /// What serves.
    type Instance: Serves;
    /// Start it, with these handlers declared, then tell [`Pool::started`] or [`Pool::start_failed`].
    fn start(&self, pool: &Arc<Pool<Self>>, instance: u64, handlers: u8);
    /// Stop it or its start, then tell [`Pool::stopped`].
    fn stop(&self, pool: &Arc<Pool<Self>>, instance: u64, grace: Option<Duration>);
    /// Let a lease that was on another instance go on with this one.
    fn moved(&self, pool: &Arc<Pool<Self>>, lease: u64, instance: u64);
    /// Tell the holder of a lease.
    fn notice(&self, pool: &Arc<Pool<Self>>, notice: Notice);
    /// Tell who listens.
    fn event(&self, pool: &Arc<Pool<Self>>, event: PoolEvent);
}
