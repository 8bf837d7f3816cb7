//! What the binding asks of pools.

use std::sync::Arc;

use serde_json::Value;

use super::call_request::{CallRequest, Target};
use super::host_context::HostContext;
use super::pool_hands::ServerPool;
use super::pool_report;
use super::pool_sink::PoolSink;
use super::shared::Shared;
use super::{Engine, errors};
use crate::mcp::config::PoolDefinition;
use crate::model::{PoolSettings, Result};
use crate::pool::instance_id;

impl Engine {
    /// Makes a pool that ends with the environment `owner`. `defaults` are weaker than the server's entry.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` and `ERR_CONFIG` for options that make no sense; `ERR_CLOSED` after a shutdown.
    pub fn open_pool(&self, options: &str, defaults: &str, owner: u64, host: HostContext) -> Result<u64> {
        self.enter()?;
        let definition = definition(options, &host)?;
        let defaults = PoolSettings::of(&self::definition(defaults, &host)?.options)?;
        self.shared.config.seen_from(host.clone());
        let pool = self.shared.own_pool(definition.target, &definition.options, &defaults, owner, host)?;
        Ok(pool.number)
    }

    /// The pool behind a configured name, with some settings changed.
    ///
    /// # Errors
    /// As a call of that server has them, and `ERR_INVALID_ARGUMENT` for settings that make no sense.
    pub fn named_pool(&self, server: &str, overrides: &str, host: HostContext) -> Result<u64> {
        self.enter()?;
        let options = definition(overrides, &host)?.options;
        self.shared.config.seen_from(host);
        let pool = self.shared.named_pool(server)?;
        // Held over both: a start in between would settle the old terms.
        let mut terms = pool.hands().terms.lock();
        pool.configure(|current| current.with(&options))?;
        terms.change(&options);
        Ok(pool.number)
    }

    /// What the names of its instances begin with; `None`: the pool is no more.
    pub fn pool_name(&self, pool: u64) -> Option<String> {
        self.shared.pools.get(pool).map(|pool| pool.name.to_string())
    }

    /// The pools behind names that exist.
    pub fn named_pools(&self) -> Vec<(String, u64)> {
        self.shared.pools.all_named().into_iter().map(|(name, pool)| (name, pool.number)).collect()
    }

    /// Hears of a pool from now on; `None`: not any more.
    pub fn listen_to_pool(&self, pool: u64, environment: u64, sink: Option<Arc<dyn PoolSink>>) {
        if let Some(pool) = self.shared.pools.get(pool) {
            pool.hands().listen(environment, sink);
        }
    }

    /// Hears of all pools of the process, and of the environment's own, from now on; `None`: not any more.
    pub fn observe_pools(&self, environment: u64, sink: Option<Arc<dyn PoolSink>>) {
        self.shared.observers.set(environment, sink);
    }

    /// `PoolStats` as JSON; `None`: no such pool.
    pub fn pool_stats(&self, pool: u64) -> Option<String> {
        self.shared.pools.get(pool).map(|pool| pool_report::stats_json(&pool))
    }

    /// Forgets a session. False: nobody knew it.
    pub fn end_session(&self, pool: u64, session: &str) -> bool {
        self.shared.pools.get(pool).is_some_and(|pool| pool.end_session(session))
    }

    /// Replaces an instance: successor first. False: there is none of that name that could be replaced now.
    pub fn replace_instance(&self, pool: u64, instance: &str, cause: &'static str) -> bool {
        let Some(pool) = self.shared.pools.get(pool) else { return false };
        find_instance(&pool, instance).is_some_and(|number| pool.replace(number, cause))
    }

    pub(super) fn leave_pools(&self, owner: u64) {
        self.shared.leases.give_up_all(owner);
        for lease in self.shared.leases.of(owner) {
            self.release(lease);
        }
        self.observe_pools(owner, None);
        for pool in self.shared.pools.all() {
            pool.hands().listen(owner, None);
        }
    }

    fn enter(&self) -> Result<()> {
        self.shared.lifecycle.enter()?;
        self.shared.runtime().map(drop)
    }
}

impl Shared {
    /// The names that have a warm instance.
    pub(super) fn running(&self) -> Vec<String> {
        let warm = |pool: &Arc<ServerPool>| pool.look(|state| state.figures().ready > 0);
        self.pools.all_named().into_iter().filter(|(_, pool)| warm(pool)).map(|(name, _)| name).collect()
    }

    /// Remembers from where the instances for a call start.
    pub(super) fn seen_from(&self, request: &CallRequest, host: HostContext) {
        if request.target != Target::Named
            && let Some(pool) = self.pool_of(request)
        {
            pool.hands().seen_from(Arc::new(host.clone()));
        }
        self.config.seen_from(host);
    }
}

pub(super) fn find_instance(pool: &Arc<ServerPool>, id: &str) -> Option<u64> {
    let numbers: Vec<u64> = pool.look(|state| state.instances().map(|(number, _)| number).collect());
    numbers.into_iter().find(|number| instance_id(&pool.name, *number) == id)
}

/// Options as JavaScript wrote them.
fn definition(json: &str, host: &HostContext) -> Result<PoolDefinition> {
    let options: Value = serde_json::from_str(json).map_err(|error| errors::bad_json(&error))?;
    PoolDefinition::parse(&options, &host.cwd, host.home().as_deref())
}
