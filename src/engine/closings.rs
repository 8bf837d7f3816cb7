//! Servers closed at somebody's wish, by name or with their pool. What was asked for before the wish ends with it, wherever it stands: a
//! first call whose pool is still being made, and one between two tries, would start the server again behind it.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_local;

use super::call_place::Standing;
use super::pool_hands::ServerPool;
use super::shared::Shared;
use super::{Engine, attempt, errors};

impl Engine {
    /// Stops the server of a name, if it runs; the next start reads what the files say then.
    pub fn close_server(&self, name: &str, grace: Option<Duration>, done: impl FnOnce() + Send + 'static) {
        self.shared.config.doubt();
        if let Some(pool) = self.shared.pools.named(name) {
            return self.shared.empty_pool(pool, grace, done);
        }
        if !self.shared.has_thread() {
            return done();
        }
        // Behind the calls on their way there, the first of which makes the pool.
        let name = name.to_owned();
        self.shared.on_engine(move |world| match world.shared.pools.named(&name) {
            Some(pool) => world.shared.empty_pool(pool, grace, done),
            None => done(),
        });
    }

    /// Whether a server of this name was asked for, be its entry still there or not.
    pub fn knows_server(&self, name: &str) -> bool {
        self.shared.pools.named(name).is_some()
    }

    /// Ends a pool, or empties one that belongs to the process. `done` is called when nothing is left.
    pub fn shut_down_pool(&self, pool: u64, grace: Option<Duration>, done: impl FnOnce() + Send + 'static) {
        let Some(found) = self.shared.pools.get(pool) else { return done() };
        if found.hands().owner.is_none() {
            return self.shared.empty_pool(found, grace, done);
        }
        self.shared.pools.remove(pool);
        found.close(grace);
        self.shared.when_gone(found, grace, done);
    }
}

impl Shared {
    fn empty_pool(
        self: &Arc<Self>,
        pool: Arc<ServerPool>,
        grace: Option<Duration>,
        done: impl FnOnce() + Send + 'static,
    ) {
        // Before its end: what starts at once in place of the old ones is of the new generation.
        pool.hands().forget();
        self.end_unserved(&pool);
        pool.empty(&errors::server_closed(&pool.name), grace);
        self.when_gone(pool, grace, done);
    }

    /// Who waits may have been refused a moment ago, and is about to try again without the queue's knowing.
    fn end_unserved(self: &Arc<Self>, pool: &Arc<ServerPool>) {
        for call in self.calls.all() {
            if !self.pool_of(&call.request).is_some_and(|its| Arc::ptr_eq(&its, pool)) {
                continue;
            }
            let closed = errors::server_closed(&pool.name);
            match call.standing() {
                Standing::Nowhere => attempt::withdraw(self, &call, "the server was closed", closed),
                Standing::Waits => attempt::not_started(self, &call, closed),
                // Its connection tells it.
                Standing::Served => {}
            }
        }
    }

    fn when_gone(
        self: &Arc<Self>,
        pool: Arc<ServerPool>,
        grace: Option<Duration>,
        done: impl FnOnce() + Send + 'static,
    ) {
        self.on_engine(move |world| {
            let world = Rc::clone(world);
            spawn_local(async move {
                world.wait_for_end_of(&pool, grace).await;
                done();
            });
        });
    }
}
