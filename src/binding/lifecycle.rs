//! What is about the whole engine: settings, capabilities, shutdown.

use std::path::Path;
use std::sync::Arc;

use napi::Env;
use napi_derive::napi;

use super::convert::grace;
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::process_engine::engine;
use crate::engine::HostContext;

/// Says where the guard's executable is and what the environment is. Only the first call of a process counts.
#[napi(catch_unwind)]
pub(crate) fn engine_use_guard(path: String, host: String) {
    engine().use_guard(Path::new(&path), HostContext::decode(host.as_bytes()));
}

/// Whether the variables of the process are others than at the last call of this environment, or may be. Not what `process.env` of a worker holds.
#[napi(catch_unwind)]
pub(crate) fn process_environ_changed(env: &Env) -> napi::Result<bool> {
    Ok(Environment::current(env)?.environ_changed())
}

/// Takes settings: a JSON object.
#[napi(catch_unwind)]
pub(crate) fn engine_configure(json: String) -> Outcome<()> {
    outcome(engine().configure(json))
}

/// The settings in force, as JSON.
#[napi(catch_unwind)]
pub(crate) fn engine_settings() -> String {
    engine().settings_json()
}

/// What works on this machine, as JSON.
#[napi(catch_unwind)]
pub(crate) fn engine_capabilities() -> Outcome<String> {
    // Plain data always has a JSON form.
    outcome(engine().capabilities().map(|found| serde_json::to_string(&found).unwrap_or_default()))
}

/// What guards said does not work on this machine.
#[napi(catch_unwind)]
pub(crate) fn engine_warnings() -> Vec<String> {
    engine().warnings()
}

/// Stops everything; a `done` letter with `token` says when it is over.
#[napi(catch_unwind)]
pub(crate) fn engine_shut_down(env: &Env, grace_ms: f64, token: u32) -> napi::Result<()> {
    let mailbox = Arc::clone(Environment::current(env)?.mailbox());
    engine().shut_down(grace(grace_ms), move || mailbox.post(Letter::Done { token, answer: None }));
    Ok(())
}

/// Stops what this environment made; a `done` letter with `token` says when it is over.
#[napi(catch_unwind)]
pub(crate) fn engine_leave(env: &Env, token: u32) -> napi::Result<()> {
    let environment = Environment::current(env)?;
    let mailbox = Arc::clone(environment.mailbox());
    engine()
        .environment_left(environment.number(), move || mailbox.post(Letter::Done { token, answer: None }));
    Ok(())
}
