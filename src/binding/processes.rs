//! Processes for JavaScript, ours and foreign: lists, trees, stops. A `done` letter says that the answer can be fetched, part by part.

use std::time::Duration;

use napi::Env;
use napi_derive::napi;

use super::convert::{as_f64, as_u64, duration};
use super::desk::Desk;
use super::error::{Outcome, outcome};
use super::process_engine::engine;
use crate::model::ProcessIdentity;
use crate::process::stop::{StopOptions, Target};

/// A stop as JavaScript asks for it.
#[napi(object)]
pub(crate) struct StopParts {
    /// A process or a group.
    pub pid: i32,
    /// It is a group.
    pub group: bool,
    /// This very process; empty: whoever has the number.
    pub start_token: String,
    /// The boot that it is of.
    pub boot_id: String,
    /// SIGKILL at once.
    pub force: bool,
    /// From the first signal to SIGKILL, milliseconds.
    pub grace_ms: f64,
    /// The number of the first signal.
    pub signal: i32,
    /// Signal nobody.
    pub dry_run: bool,
    /// Users besides the own one whose processes may be stopped.
    pub uids: Vec<u32>,
}

/// Lists processes: a `done` letter with `token` brings them, a `failed` one says why not.
#[napi(catch_unwind)]
pub(crate) fn processes_list(env: &Env, managed: bool, token: u32) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().list_processes(managed, |listed| desk.answer_processes(listed))))
}

/// Lists a process and everybody below it, in the same way.
#[napi(catch_unwind)]
pub(crate) fn processes_tree(env: &Env, pid: i32, token: u32) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().process_tree(pid, |listed| desk.answer_processes(listed))))
}

/// Lists the processes of a unit, in the same way.
#[napi(catch_unwind)]
pub(crate) fn unit_processes(env: &Env, number: f64, token: u32) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().unit_processes(as_u64(number), |listed| desk.answer_processes(Ok(listed)))))
}

/// Stops a tree or a group and says the number of the stop; its report is fetched in parts.
#[napi(catch_unwind)]
pub(crate) fn processes_stop(env: &Env, wanted: StopParts, token: u32) -> napi::Result<Outcome<f64>> {
    let desk = Desk::of(env, token)?;
    let target = target(&wanted);
    let options = StopOptions {
        force: wanted.force,
        grace: duration(wanted.grace_ms).unwrap_or(Duration::MAX),
        signal: wanted.signal,
        dry_run: wanted.dry_run,
        named_uids: wanted.uids.into_iter().collect(),
        ..StopOptions::default()
    };
    Ok(outcome(engine().stop_processes(target, options, |report| desk.answer(report)).map(as_f64)))
}

/// Ends a stop at its caller's wish; its letter says so. Without effect on one that has ended.
#[napi(catch_unwind)]
pub(crate) fn processes_stop_cancel(number: f64) {
    engine().cancel_stop(as_u64(number));
}

fn target(parts: &StopParts) -> Target {
    if parts.group {
        return Target::Group(parts.pid);
    }
    if parts.start_token.is_empty() {
        return Target::Pid(parts.pid);
    }
    Target::Process(ProcessIdentity {
        pid: parts.pid,
        start_token: parts.start_token.clone(),
        boot_id: parts.boot_id.clone(),
    })
}
