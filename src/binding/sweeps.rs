//! Sweeps for JavaScript: what dead hosts left, and files that nobody owns any more.

use std::path::{Path, PathBuf};
use std::time::Duration;

use napi::Env;
use napi_derive::napi;

use super::convert::duration;
use super::desk::Desk;
use super::error::{Outcome, outcome};
use super::process_engine::engine;
use crate::engine::HostContext;
use crate::sweep::LedgerSweep;

/// Stops what dead hosts left: a `done` letter with `token` says that the report can be fetched, a `failed` one why there is none.
#[napi(catch_unwind)]
pub(crate) fn sweep_ledgers(
    env: &Env,
    host: String,
    grace_ms: f64,
    dry_run: bool,
    patience_ms: f64,
    token: u32,
) -> napi::Result<()> {
    let desk = Desk::of(env, token)?;
    let time = |ms| duration(ms).unwrap_or(Duration::MAX);
    let how = LedgerSweep { grace: time(grace_ms), dry_run, lock_patience: time(patience_ms) };
    engine().sweep(HostContext::decode(host.as_bytes()), how, |report| desk.answer(report));
    Ok(())
}

/// Removes sockets and lists of pids that are provably nobody's; answers in the same way.
#[napi(catch_unwind)]
pub(crate) fn sweep_files(
    env: &Env,
    folders: Vec<String>,
    lists: Vec<String>,
    dry_run: bool,
    token: u32,
) -> napi::Result<()> {
    let desk = Desk::of(env, token)?;
    let paths = |texts: Vec<String>| texts.into_iter().map(PathBuf::from).collect();
    engine().sweep_files(paths(folders), paths(lists), dry_run, |report| desk.answer(report));
    Ok(())
}

/// Says who has the numbers of a list of pids now; answers in the same way.
#[napi(catch_unwind)]
pub(crate) fn recorded_processes(env: &Env, list: String, token: u32) -> napi::Result<()> {
    let desk = Desk::of(env, token)?;
    engine().recorded_processes(PathBuf::from(list), |found| desk.answer(found));
    Ok(())
}

/// Adds a process to a list of pids.
#[napi(catch_unwind)]
pub(crate) fn record_process(list: String, service: String, pid: i32) -> Outcome<()> {
    outcome(engine().record_process(Path::new(&list), &service, pid))
}
