//! What JavaScript needs for the calls that it carries itself, of HTTP servers: a place on the list of calls, and the text of a result.

use napi::Env;
use napi::bindgen_prelude::Array;
use napi_derive::napi;

use super::convert::{as_f64, as_u64};
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::flat::FlatArray;
use super::process_engine::engine;
use crate::mcp::output::{Rendered, render};

/// Enters a call on the list; answers its number. The caller holds the slot. `ERR_CLOSED` after a shutdown.
#[napi(catch_unwind)]
pub(crate) fn remote_call_begin(env: &Env, server: String, tool: String) -> napi::Result<Outcome<f64>> {
    let owner = Environment::current(env)?.number();
    Ok(outcome(engine().enter_remote(owner, server, tool).map(as_f64)))
}

/// Takes it off the list.
#[napi(catch_unwind)]
pub(crate) fn remote_call_end(number: f64, failed: bool) {
    engine().leave_remote(as_u64(number), failed);
}

/// The text of a raw result, as `callSettled` brings it: one element, a string, or undefined for what only `util.inspect` prints.
#[napi(catch_unwind, ts_return_type = "[string | undefined]")]
pub(crate) fn result_text(env: &Env, raw: String) -> napi::Result<Array<'_>> {
    let mut fields = FlatArray::new(env)?;
    match render(raw.as_bytes()) {
        Ok(Rendered::Text(text)) => fields.push_text(text)?,
        Ok(Rendered::InPlace(_) | Rendered::Inspect) | Err(_) => fields.push(())?,
    }
    Ok(fields.into_array())
}
