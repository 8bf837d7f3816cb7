//! Plans and cleanups for JavaScript. What comes of them arrives as `done` letters.

use std::time::Duration;

use napi::Env;
use napi_derive::napi;

use super::convert::{as_f64, duration};
use super::desk::Desk;
use super::error::{Outcome, outcome};
use super::kill_parts::KillParts;
use super::process_engine::engine;
use crate::engine::CleanupRequest;
use crate::sweep::Scope;

/// Makes a plan by rules, JSON; a `done` letter with `token` says that it can be fetched.
#[napi(catch_unwind)]
pub(crate) fn plan_kill(env: &Env, rules: String, token: u32) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().plan_kill(&rules, |plan| desk.answer(plan))))
}

/// Executes a plan, JSON, that is not older than `max_age_ms` (Infinity: however old), and says the number of the stop; a `done` letter with `token` brings the report.
#[napi(catch_unwind)]
pub(crate) fn plan_execute(
    env: &Env,
    plan: String,
    max_age_ms: f64,
    parts: KillParts,
    token: u32,
) -> napi::Result<Outcome<f64>> {
    let desk = Desk::of(env, token)?;
    let number =
        engine().execute_plan(&plan, duration(max_age_ms), parts.into(), |report| desk.answer(report));
    Ok(outcome(number.map(as_f64)))
}

/// Stops what a scope has over age; a `done` letter with `token` brings the report.
#[napi(catch_unwind)]
pub(crate) fn cleanup_scan(
    env: &Env,
    scope: String,
    max_age_ms: f64,
    dry_run: bool,
    token: u32,
) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    let max_age = duration(max_age_ms).unwrap_or(Duration::MAX);
    let request = CleanupRequest { scope: Scope::from_word(&scope), max_age, dry_run };
    Ok(outcome(engine().clean_up(request, |report| desk.answer(report))))
}

/// Stops one process with everything below it; a `done` letter with `token` brings the report.
#[napi(catch_unwind)]
pub(crate) fn cleanup_kill(
    env: &Env,
    pid: i32,
    reason: String,
    dry_run: bool,
    token: u32,
) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().kill_process(pid, reason, dry_run, |report| desk.answer(report))))
}
