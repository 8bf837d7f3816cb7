//! Monitors for JavaScript. What they see arrives as `monitorEvent` letters.

use std::sync::Arc;

use napi::Env;
use napi_derive::napi;

use super::convert::{as_f64, as_u64};
use super::desk::Desk;
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::mailbox::Mailbox;
use super::process_engine::engine;
use crate::engine::{MonitorNumber, MonitorOptions, MonitorSink};

impl MonitorSink for Mailbox {
    fn monitor_event(&self, monitor: MonitorNumber, json: String) {
        self.post(Letter::MonitorEvent { monitor, json });
    }
}

/// Begins to look at intervals; returns the number that its letters carry. `options`: JSON.
#[napi(catch_unwind)]
pub(crate) fn monitor_start(env: &Env, options: String) -> napi::Result<Outcome<f64>> {
    let environment = Environment::current(env)?;
    let sink = Arc::<Mailbox>::clone(environment.mailbox()) as Arc<dyn MonitorSink>;
    let options = MonitorOptions::from_json(&options);
    let started = options.and_then(|options| engine().start_monitor(environment.number(), options, sink));
    Ok(outcome(started.map(as_f64)))
}

/// Ends a monitor.
#[napi(catch_unwind)]
pub(crate) fn monitor_stop(number: f64) {
    engine().stop_monitor(as_u64(number));
}

/// One pass; returns the number that its letters carry, and a `done` letter with `token` says that the report can be fetched.
#[napi(catch_unwind)]
pub(crate) fn monitor_check(
    env: &Env,
    options: String,
    quick: bool,
    token: u32,
) -> napi::Result<Outcome<f64>> {
    let desk = Desk::of(env, token)?;
    let sink = Arc::<Mailbox>::clone(Environment::current(env)?.mailbox()) as Arc<dyn MonitorSink>;
    let options = MonitorOptions::from_json(&options);
    let checked =
        options.and_then(|options| engine().check(options, quick, sink, |report| desk.answer(report)));
    Ok(outcome(checked.map(as_f64)))
}
