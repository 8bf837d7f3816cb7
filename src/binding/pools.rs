//! Pools of MCP servers for JavaScript. What comes of them later arrives as letters.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::BufferSlice;
use napi_derive::napi;

use super::convert::{as_f64, as_u64, grace};
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::lease_numbers;
use super::letter::Letter;
use super::mailbox::Mailbox;
use super::process_engine::engine;
use crate::engine::{HostContext, PoolSink};
use crate::model::Error;

impl PoolSink for Mailbox {
    fn granted(&self, token: u32, lease: u64) {
        self.post(Letter::LeaseGranted { token, lease });
    }

    fn refused(&self, token: u32, error: Error) {
        self.post(Letter::LeaseRefused { token, error });
    }

    fn notice(&self, lease: u64, json: String) {
        self.post(Letter::LeaseNotice { lease, json });
    }

    fn notification(&self, leases: Vec<u64>, json: String) {
        self.post(Letter::LeaseNotification { leases, json });
    }

    fn question(&self, lease: u64, question: u64, json: String) {
        self.post(Letter::LeaseQuestion { lease, question, json });
    }

    fn question_withdrawn(&self, lease: u64, question: u64) {
        self.post(Letter::LeaseQuestionWithdrawn { lease, question });
    }

    fn event(&self, pool: u64, json: String) {
        self.post(Letter::PoolEvent { pool, json });
    }
}

/// Makes a pool that ends with this environment and returns its number. `options`: `MCPServerPoolOptions` as JSON; `defaults`: its settings
/// again, weaker than the server's entry.
#[napi(catch_unwind)]
pub(crate) fn pool_open(
    env: &Env,
    options: String,
    defaults: String,
    host: String,
) -> napi::Result<Outcome<f64>> {
    let owner = Environment::current(env)?.number();
    let opened = engine().open_pool(&options, &defaults, owner, HostContext::decode(host.as_bytes()));
    Ok(outcome(opened.map(as_f64)))
}

/// The pool behind `callToolAsync(server)`, the same for all threads; `overrides`, JSON, change its settings.
#[napi(catch_unwind)]
pub(crate) fn pool_named(server: String, overrides: String, host: String) -> Outcome<f64> {
    let found = engine().named_pool(&server, &overrides, HostContext::decode(host.as_bytes()));
    outcome(found.map(as_f64))
}

/// The pools behind names that exist: a JSON array of `{ name, pool }`.
#[napi(catch_unwind)]
pub(crate) fn pools_named() -> String {
    let entry = |(name, pool): &(String, u64)| serde_json::json!({ "name": name, "pool": pool });
    serde_json::Value::Array(engine().named_pools().iter().map(entry).collect()).to_string()
}

/// Whether this environment gets the `poolEvent` letters of a pool.
#[napi(catch_unwind)]
pub(crate) fn pool_listen(env: &Env, pool: f64, on: bool) -> napi::Result<()> {
    let environment = Environment::current(env)?;
    let sink = on.then(|| Arc::<Mailbox>::clone(environment.mailbox()) as Arc<dyn PoolSink>);
    engine().listen_to_pool(as_u64(pool), environment.number(), sink);
    Ok(())
}

/// Whether this environment gets the `poolEvent` letters of all pools of the process and of its own.
#[napi(catch_unwind)]
pub(crate) fn pools_observe(env: &Env, on: bool) -> napi::Result<()> {
    let environment = Environment::current(env)?;
    let sink = on.then(|| Arc::<Mailbox>::clone(environment.mailbox()) as Arc<dyn PoolSink>);
    engine().observe_pools(environment.number(), sink);
    Ok(())
}

/// `PoolStats` as JSON; null: the pool is no more.
#[napi(catch_unwind)]
pub(crate) fn pool_stats(pool: f64) -> Option<String> {
    engine().pool_stats(as_u64(pool))
}

/// Forgets a session. False: nobody knew it.
#[napi(catch_unwind)]
pub(crate) fn pool_end_session(pool: f64, session: String) -> bool {
    engine().end_session(as_u64(pool), &session)
}

/// Gives back the oldest lease of this environment on an instance, and writes how that was at that moment; its number, or 0.
#[napi(catch_unwind)]
pub(crate) fn pool_release_instance(
    env: &Env,
    pool: f64,
    instance: String,
    mut numbers: BufferSlice<'_>,
) -> napi::Result<f64> {
    let owner = Environment::current(env)?.number();
    let released = engine().release_on(as_u64(pool), &instance, owner);
    lease_numbers::write(released.as_ref().map(|(_, info)| info), &mut numbers);
    Ok(released.map_or(0.0, |(lease, _)| as_f64(lease)))
}

/// What the names of its instances begin with; null: the pool is no more.
#[napi(catch_unwind)]
pub(crate) fn pool_name(pool: f64) -> Option<String> {
    engine().pool_name(as_u64(pool))
}

/// Replaces an instance, successor first. False: there is none of that name that could be replaced now.
#[napi(catch_unwind)]
pub(crate) fn pool_replace(pool: f64, instance: String) -> bool {
    engine().replace_instance(as_u64(pool), &instance, "requested")
}

/// Ends a pool, or empties one that belongs to the process; a `done` letter with `token` says when nothing is left. A grace below zero:
/// the pool's own.
#[napi(catch_unwind)]
pub(crate) fn pool_shutdown(env: &Env, pool: f64, grace_ms: f64, token: u32) -> napi::Result<()> {
    let mailbox = Arc::clone(Environment::current(env)?.mailbox());
    let done = move || mailbox.post(Letter::Done { token, answer: None });
    engine().shut_down_pool(as_u64(pool), grace(grace_ms), done);
    Ok(())
}
