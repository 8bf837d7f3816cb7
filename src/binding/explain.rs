//! Why a process is there, for JavaScript.

use napi::Env;
use napi_derive::napi;

use super::desk::Desk;
use super::process_engine::engine;
use crate::process::Question;

/// Explains the process with this number: a `done` letter with `token` says that a list can be fetched, a `failed` one why there
/// is none.
#[napi(catch_unwind)]
pub(crate) fn explain_pid(env: &Env, pid: i32, token: u32) -> napi::Result<()> {
    let desk = Desk::of(env, token)?;
    engine().explain(Question::Pid(pid), |found| desk.answer(found));
    Ok(())
}

/// Explains whoever listens on this TCP port, in the same way.
#[napi(catch_unwind)]
pub(crate) fn explain_port(env: &Env, port: u16, token: u32) -> napi::Result<()> {
    let desk = Desk::of(env, token)?;
    engine().explain(Question::Port(port), |found| desk.answer(found));
    Ok(())
}
