//! The way of a call to an instance: its pool, the ask, the wait.

use std::rc::Rc;
use std::sync::Arc;

use super::call::Call;
use super::call_place::{CallPlace, Queued};
use super::call_request::{CallRequest, Target};
use super::errors;
use super::pool_hands::{PoolHands, ServerPool};
use super::shared::Shared;
use super::task_routes;
use super::world::World;
use crate::model::Result;
use crate::pool::{Ask, Asked, Held, Serves, Waiting};

impl Shared {
    /// Asks the pool of a call, if there is one. With `only_warm` nothing happens unless an instance is ready.
    pub(super) fn ask_for(&self, request: &CallRequest, only_warm: bool) -> Option<Asked<PoolHands>> {
        let pool = self.pool_of(request)?;
        Some(pool.ask(&ask_of(&pool, request).warm_only(only_warm)))
    }

    /// The pool that a call goes to.
    pub(super) fn pool_of(&self, request: &CallRequest) -> Option<Arc<ServerPool>> {
        match request.target {
            Target::Named => self.pools.named(&request.server),
            Target::Pool(number) => self.pools.get(number),
            Target::Lease(lease) => self.leases.pool_of(lease),
        }
    }
}

impl World {
    /// An instance for a call, however long that takes.
    pub(super) async fn checkout(self: &Rc<Self>, call: &Call) -> Result<Held<PoolHands>> {
        self.granted(call, self.ask(call)).await
    }

    /// Asks the pool of a call, made on the first call of a name.
    pub(super) fn ask(&self, call: &Call) -> Result<Asked<PoolHands>> {
        let pool = match call.request.target {
            Target::Named => self.shared.named_pool(&call.request.server)?,
            _ => self.shared.pool_of(&call.request).ok_or_else(|| errors::pool_gone(&call.request))?,
        };
        Ok(pool.ask(&ask_of(&pool, &call.request)))
    }

    /// What became of an ask, once that is known.
    pub(super) async fn granted(
        self: &Rc<Self>,
        call: &Call,
        asked: Result<Asked<PoolHands>>,
    ) -> Result<Held<PoolHands>> {
        match asked? {
            Asked::Ready(held) => Ok(held),
            Asked::Waits(waiting) => self.turn(call, waiting).await,
            Asked::Refused(error) => Err(error),
            Asked::Cold => Err(errors::closed()),
        }
    }

    /// Waits in the queue as long as the call lives.
    pub(super) async fn turn(
        self: &Rc<Self>,
        call: &Call,
        waiting: Waiting<PoolHands>,
    ) -> Result<Held<PoolHands>> {
        call.stands(CallPlace::Waits(Queued(waiting.place())));
        match waiting.turn().await {
            // It died on the way here: the pool finds out with the next ask.
            Some(Ok(held)) if held.instance().is_dead() => {
                drop(held);
                Box::pin(self.checkout(call)).await
            }
            Some(outcome) => outcome,
            None => Err(errors::closed()),
        }
    }
}

fn ask_of(pool: &ServerPool, request: &CallRequest) -> Ask {
    if let Some(ask) = task_routes::ask(pool, request) {
        return ask;
    }
    match request.target {
        Target::Lease(lease) => Ask::lease_call(lease),
        Target::Named | Target::Pool(_) => Ask::call(request.session.as_deref()),
    }
}
