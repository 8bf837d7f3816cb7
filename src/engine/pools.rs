//! All pools of the process: the named ones behind `callToolAsync`, and those that programs made.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::pool_hands::ServerPool;

/// Number → pool, name → pool.
#[derive(Default)]
pub(crate) struct Pools {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    all: HashMap<u64, Arc<ServerPool>>,
    named: HashMap<String, Arc<ServerPool>>,
}

impl Pools {
    /// The pool behind a configured name, if there is one yet.
    pub(crate) fn named(&self, server: &str) -> Option<Arc<ServerPool>> {
        self.inner.lock().named.get(server).cloned()
    }

    pub(crate) fn get(&self, number: u64) -> Option<Arc<ServerPool>> {
        self.inner.lock().all.get(&number).cloned()
    }

    /// Enters a pool that a program made.
    pub(crate) fn add(&self, pool: &Arc<ServerPool>) {
        self.inner.lock().all.insert(pool.number, Arc::clone(pool));
    }

    /// Enters the pool of a name, unless another thread was faster; the pool in use, and whether it is the new one.
    pub(crate) fn add_named(&self, server: &str, pool: Arc<ServerPool>) -> (Arc<ServerPool>, bool) {
        let mut inner = self.inner.lock();
        if let Some(known) = inner.named.get(server) {
            return (Arc::clone(known), false);
        }
        inner.named.insert(server.to_owned(), Arc::clone(&pool));
        inner.all.insert(pool.number, Arc::clone(&pool));
        (pool, true)
    }

    pub(crate) fn remove(&self, number: u64) {
        self.inner.lock().all.remove(&number);
    }

    /// The named ones.
    pub(crate) fn all_named(&self) -> Vec<(String, Arc<ServerPool>)> {
        self.inner.lock().named.iter().map(|(name, pool)| (name.clone(), Arc::clone(pool))).collect()
    }

    pub(crate) fn all(&self) -> Vec<Arc<ServerPool>> {
        self.inner.lock().all.values().cloned().collect()
    }

    /// Those that end with an environment.
    pub(crate) fn of(&self, environment: u64) -> Vec<Arc<ServerPool>> {
        self.all().into_iter().filter(|pool| pool.hands().owner == Some(environment)).collect()
    }

    /// Forgets all.
    pub(crate) fn take_all(&self) -> Vec<Arc<ServerPool>> {
        let inner = std::mem::take(&mut *self.inner.lock());
        inner.all.into_values().collect()
    }
}
