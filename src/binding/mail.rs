//! The mailbox of an environment for its JavaScript: connect it, empty it.

use napi::Env;
use napi::bindgen_prelude::{Array, BufferSlice, Function};
use napi_derive::napi;

use super::environment::Environment;
use super::flat::FlatArray;
use super::letter::Letter;
use super::numbers::Numbers;

/// Connects this environment's mailbox; `on_letters` runs on its thread, once per batch. Call it once, before anything
/// that can be answered by a letter.
#[napi(catch_unwind)]
pub(crate) fn mailbox_open(env: Env, on_letters: Function<'_, (), ()>) -> napi::Result<()> {
    let wake = on_letters.build_threadsafe_function::<()>().weak::<true>().build()?;
    Environment::current(&env)?.mailbox().open(wake);
    Ok(())
}

/// The letters that arrived since the last call, as one flat array: kind, fields, kind, fields, … The numbers of letters that have some
/// lie in `numbers`, behind the count of letters for which there was no room: fetch those too.
#[napi(catch_unwind, ts_return_type = "unknown[]")]
pub(crate) fn mailbox_drain<'env>(env: &'env Env, mut numbers: BufferSlice<'_>) -> napi::Result<Array<'env>> {
    let mut flat = FlatArray::new(env)?;
    let mut numbers = Numbers::behind_the_first(&mut numbers);
    let environment = Environment::current(env)?;
    let mut granted = Vec::new();
    let (letters, left) = environment.mailbox().take(numbers.room_for(Letter::MOST_NUMBERS));
    numbers.set_first(left);
    for letter in letters {
        if letter.frees_a_slot() {
            granted.extend(environment.slots()?.release().ok().flatten());
        }
        letter.write(&mut flat, &mut numbers)?;
    }
    for waiter in granted {
        environment.mailbox().grant_in_order(waiter, &mut flat, &mut numbers)?;
    }
    Ok(flat.into_array())
}
