//! The one engine of this process and what is about all of it: settings, capabilities, shutdown.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use napi::Env;
use napi_derive::napi;

use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use crate::engine::{Engine, HostContext};

/// Shared by all threads that load this file; another copy of the file is another engine.
pub(super) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(Engine::default)
}

/// A time of JavaScript; `None`: for ever, or not given (below zero).
pub(super) fn duration(ms: f64) -> Option<Duration> {
    if ms < 0.0 { None } else { Duration::try_from_secs_f64(ms / 1e3).ok() }
}

/// Says where the guard's executable is and what the environment is. Only the first call of a process counts.
#[napi(catch_unwind)]
pub(crate) fn engine_use_guard(path: String, host: String) {
    engine().use_guard(Path::new(&path), HostContext::decode(host.as_bytes()));
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
pub(crate) fn engine_capabilities() -> napi::Result<String> {
    serde_json::to_string(&engine().capabilities())
        .map_err(|error| napi::Error::from_reason(error.to_string()))
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
    engine().shut_down(duration(grace_ms), move || mailbox.post(Letter::Done { token, answer: None }));
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
