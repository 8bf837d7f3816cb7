//! What the instances of a pool run, and how a pool comes to be.

use std::sync::Arc;

use serde_json::Value;

use super::host_context::HostContext;
use super::pool_hands::{PoolHands, ServerPool};
use super::pool_terms::PoolTerms;
use super::shared::Shared;
use crate::mcp::config::{LoadedConfig, PoolTarget, ServerEntry};
use crate::model::{Error, ErrorCode, PoolOptions, PoolSettings, Result};
use crate::pool::{Pool, Restarts};

/// What a pool runs. Names are looked up with each start, because people mend their configuration while their programs run.
#[derive(Debug, Clone)]
pub(crate) struct PoolSource(pub(crate) PoolTarget);

impl PoolSource {
    /// What people call it.
    fn label(&self) -> String {
        match &self.0 {
            PoolTarget::Command(entry) => {
                let program = entry.name.rsplit('/').next().unwrap_or_default();
                program.to_owned()
            }
            PoolTarget::Server(name) => name.clone(),
            PoolTarget::Default => "default".to_owned(),
        }
    }
}

impl Shared {
    /// The pool behind a configured name; made on its first use.
    ///
    /// # Errors
    /// What is wrong with the name or its entry.
    pub(super) fn named_pool(self: &Arc<Self>, server: &str) -> Result<Arc<ServerPool>> {
        if let Some(pool) = self.pools.named(server) {
            return Ok(pool);
        }
        let config = self.config.load()?;
        let terms = PoolTerms::Named(PoolOptions::default());
        let settings = terms.settings(Some(config.find(server)?), &self.config.host()?.env())?;
        let source = PoolSource(PoolTarget::Server(server.to_owned()));
        let made = self.make_pool(source, settings, terms, None);
        let (pool, new) = self.pools.add_named(server, made);
        if new {
            self.animate(&pool);
        }
        Ok(pool)
    }

    /// A pool of one environment; `defaults` count where nobody says otherwise. A name that nobody knows is told by its first start.
    ///
    /// # Errors
    /// Settings that contradict each other.
    pub(super) fn own_pool(
        self: &Arc<Self>,
        target: PoolTarget,
        options: &PoolOptions,
        defaults: &PoolSettings,
        owner: u64,
        host: HostContext,
    ) -> Result<Arc<ServerPool>> {
        let host = Arc::new(host);
        let entry = self.look_up(&target);
        let terms = PoolTerms::Own { options: options.clone(), defaults: defaults.clone() };
        let settings = terms.settings(entry.as_ref().ok(), &host.env())?;
        let source = PoolSource(match (target, entry) {
            // What is called default may change until then, but hardly ever does: its name says more.
            (PoolTarget::Default, Ok(entry)) => PoolTarget::Server(entry.name),
            (target, _) => target,
        });
        let pool = self.make_pool(source, settings, terms, Some(owner));
        pool.hands().seen_from(host);
        self.pools.add(&pool);
        self.animate(&pool);
        Ok(pool)
    }

    /// What an instance of a pool runs now.
    ///
    /// # Errors
    /// A name that is not configured, or no name where there is no default.
    pub(super) fn entry_of(&self, pool: &ServerPool) -> Result<ServerEntry> {
        self.look_up(&pool.hands().source.0)
    }

    /// The settings for a start of `entry`, which may have changed since the last one; they count for the whole pool from now on.
    ///
    /// # Errors
    /// Settings that contradict each other, and variables of the environment that are none.
    pub(super) fn settle_settings(
        &self,
        pool: &Arc<ServerPool>,
        entry: &ServerEntry,
        host: &HostContext,
    ) -> Result<PoolSettings> {
        // Held until they count: who changes them does both as well.
        let terms = pool.hands().terms.lock();
        let settings = terms.settings(Some(entry), &host.env())?;
        if pool.look(|state| *state.settings() != settings) {
            pool.configure(|_| Ok(settings.clone()))?;
        }
        Ok(settings)
    }

    fn look_up(&self, target: &PoolTarget) -> Result<ServerEntry> {
        match target {
            PoolTarget::Command(entry) => Ok(ServerEntry::clone(entry)),
            PoolTarget::Server(name) => self.config.load()?.find(name).cloned(),
            PoolTarget::Default => self.default_server(&*self.config.load()?),
        }
    }

    /// Code is stronger than a file, and that stronger than the only server there is.
    fn default_server(&self, config: &LoadedConfig) -> Result<ServerEntry> {
        if let Some(name) = self.config.settings().default_server {
            return config.find(&name).cloned();
        }
        match config.settings.get("defaultServer")?.and_then(Value::as_str) {
            Some(name) => config.find(name).cloned(),
            None => only_server(config),
        }
    }

    fn make_pool(
        self: &Arc<Self>,
        source: PoolSource,
        settings: PoolSettings,
        terms: PoolTerms,
        owner: Option<u64>,
    ) -> Arc<ServerPool> {
        let label = source.label();
        let restarts = Restarts::new(&label, settings.max_restarts, getrandom::u64().unwrap_or_default())
            .own(owner.is_some());
        Pool::new(&label, settings, Box::new(restarts), PoolHands::new(self, source, terms, owner))
    }

    /// Lets time pass for a pool, and `minInstances` start.
    fn animate(self: &Arc<Self>, pool: &Arc<ServerPool>) {
        let pool = Arc::clone(pool);
        self.on_engine(move |_| drop(tokio::task::spawn_local(pool.keep_time())));
    }
}

fn only_server(config: &LoadedConfig) -> Result<ServerEntry> {
    let mut servers = config.servers.values();
    match (servers.next(), servers.next()) {
        (Some(only), None) => Ok(only.clone()),
        (found, _) => Err(no_default(found.is_some(), config)),
    }
}

fn no_default(several: bool, config: &LoadedConfig) -> Error {
    let why = if several { "several servers are configured" } else { "no server is configured" };
    let message = format!(
        "the pool was given neither a command nor a server, and {why}; pass one of them, or set defaultServer by configure() or in a configuration file"
    );
    let names: Vec<&str> = config.servers.keys().map(String::as_str).collect();
    Error::new(ErrorCode::Config, message).detail("servers", names)
}
