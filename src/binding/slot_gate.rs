//! The gate of the tool slots as memory of JavaScript's own: `lib/api/slot-gate.js` takes and gives back by it without a call.
#![expect(unsafe_code, reason = "memory that both sides have is lent by its address")]

use napi::Env;
use napi::bindgen_prelude::Int32ArraySlice;
use napi_derive::napi;

use super::environment::Environment;
use crate::semaphore::{Gate, tool_calls};

/// The words of the gate, for the first environment of the process that asks; `null` for the others, and where the runtime has no memory but its own.
#[napi(catch_unwind, ts_return_type = "Int32Array | null")]
pub(crate) fn tool_slot_gate(env: &Env) -> napi::Result<Option<Int32ArraySlice<'_>>> {
    let environment = Environment::current(env)?;
    tool_calls::gate(environment.slots()?).map_or(Ok(None), |gate| lend(env, gate))
}

fn lend<'env>(env: &'env Env, gate: &'static Gate) -> napi::Result<Option<Int32ArraySlice<'env>>> {
    let start = gate.words();
    // SAFETY: the words are there as long as the process is, begin at `start` and are atomics, which others change by atomic operations alone; JavaScript
    // does so too, or changes a word that is its thread's own. No other buffer has this address: the gate is lent once.
    let words = unsafe { Int32ArraySlice::from_external(env, start, Gate::WORDS, (), |_, ()| ())? };
    // A runtime that has no memory but its own was given a copy.
    Ok((words.as_ptr() == start).then_some(words))
}
