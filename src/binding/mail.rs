//! The mailbox of an environment for its JavaScript: connect it, empty it.

use napi::Env;
use napi::bindgen_prelude::{Array, Function};
use napi_derive::napi;

use super::environment::Environment;
use super::flat::FlatArray;

/// Connects this environment's mailbox; `on_letters` runs on its thread, once per batch. Call it once, before anything
/// that can be answered by a letter.
#[napi(catch_unwind)]
pub(crate) fn mailbox_open(env: Env, on_letters: Function<'_, (), ()>) -> napi::Result<()> {
    let wake = on_letters.build_threadsafe_function::<()>().weak::<true>().build()?;
    Environment::current(&env)?.mailbox().open(wake);
    Ok(())
}

/// All letters that arrived since the last call, as one flat array: kind, fields, kind, fields, …
#[napi(catch_unwind, ts_return_type = "unknown[]")]
pub(crate) fn mailbox_drain(env: &Env) -> napi::Result<Array<'_>> {
    let mut flat = FlatArray::new(env)?;
    let environment = Environment::current(env)?;
    let mut granted = Vec::new();
    for letter in environment.mailbox().take() {
        if letter.frees_a_slot() {
            granted.extend(environment.slots()?.release().ok().flatten());
        }
        letter.write(&mut flat)?;
    }
    for waiter in granted {
        environment.mailbox().grant_in_order(waiter, &mut flat)?;
    }
    Ok(flat.into_array())
}
