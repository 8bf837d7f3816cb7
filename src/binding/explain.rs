//! Why a process is there, for JavaScript.

use napi::Env;
use napi_derive::napi;

use super::process_engine::engine;
use super::sweeps::answer;
use crate::process::Question;

/// Explains the process with this number: a `done` letter with `token` brings a list as JSON, a `failed` one says why there is none.
#[napi(catch_unwind)]
pub(crate) fn explain_pid(env: &Env, pid: i32, token: u32) -> napi::Result<()> {
    engine().explain(Question::Pid(pid), answer(env, token)?);
    Ok(())
}

/// Explains whoever listens on this TCP port, in the same way.
#[napi(catch_unwind)]
pub(crate) fn explain_port(env: &Env, port: u16, token: u32) -> napi::Result<()> {
    engine().explain(Question::Port(port), answer(env, token)?);
    Ok(())
}
