//! Processes for JavaScript, ours and foreign: lists, trees, stops. A `done` letter says that the answer can be fetched, part by part.

use napi::Env;
use napi_derive::napi;

use super::convert::{as_f64, as_u64};
use super::desk::Desk;
use super::error::{Outcome, outcome};
use super::kill_parts::KillParts;
use super::process_engine::engine;
use crate::model::ProcessIdentity;
use crate::process::stop::Target;

/// Whom JavaScript means.
#[napi(object)]
pub(crate) struct TargetParts {
    /// A process or a group.
    pub pid: i32,
    /// It is a group.
    pub group: bool,
    /// This very process; empty: whoever has the number.
    pub start_token: String,
    /// The boot that it is of.
    pub boot_id: String,
}

impl From<TargetParts> for Target {
    fn from(parts: TargetParts) -> Self {
        let TargetParts { pid, group, start_token, boot_id } = parts;
        if group {
            Self::Group(pid)
        } else if start_token.is_empty() {
            Self::Pid(pid)
        } else {
            Self::Process(ProcessIdentity { pid, start_token, boot_id })
        }
    }
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
pub(crate) fn processes_stop(
    env: &Env,
    target: TargetParts,
    parts: KillParts,
    token: u32,
) -> napi::Result<Outcome<f64>> {
    let desk = Desk::of(env, token)?;
    let number = engine().stop_processes(target.into(), parts.into(), |report| desk.answer(report));
    Ok(outcome(number.map(as_f64)))
}

/// Ends a stop at its caller's wish; its letter says so. Without effect on one that has ended.
#[napi(catch_unwind)]
pub(crate) fn processes_stop_cancel(number: f64) {
    engine().cancel_stop(as_u64(number));
}
