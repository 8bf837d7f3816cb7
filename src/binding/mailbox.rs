//! How other threads reach the JavaScript thread of one environment: a list of letters and one wake-up per batch.
//!
//! Only the letter that finds the list empty wakes the thread; JavaScript then fetches the whole batch by one call of
//! `mailboxDrain`. The wake-up does not keep the process alive: whoever waits for a letter and wants that calls
//! `mailbox.ref()` in JavaScript. After [`Mailbox::close`] letters are dropped.

use std::sync::Arc;

use napi::bindgen_prelude::{Array, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use parking_lot::Mutex;

use super::environment::Environment;
use super::flat::FlatArray;
use super::letter::Letter;

/// Weak: an environment that only waits for letters may end. No argument, no answer: it says "there is something".
type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 0>;

/// The letters for one environment. Shared by every thread that has something to tell it.
#[derive(Default)]
pub(crate) struct Mailbox {
    inbox: Mutex<Inbox>,
}

#[derive(Default)]
struct Inbox {
    letters: Vec<Letter>,
    wake: Option<Arc<Wake>>,
}

impl Mailbox {
    /// Adds a letter, from any thread. Dropped when the environment is gone.
    pub(crate) fn post(&self, letter: Letter) {
        let mut inbox = self.inbox.lock();
        let Some(wake) = inbox.wake.clone() else { return };
        inbox.letters.push(letter);
        let first = inbox.letters.len() == 1;
        drop(inbox);
        if first {
            wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Hands a permit to a waiter of the mailbox's own environment, behind grants of other threads that wait to be read.
    fn grant_in_order(&self, waiter: u32, flat: &mut FlatArray<'_>) -> napi::Result<()> {
        let letter = Letter::PermitGranted { waiter };
        if self.has_letters() {
            self.post(letter);
            return Ok(());
        }
        letter.write(flat)
    }

    /// Whether letters wait. What happens on the JavaScript thread itself must not overtake them.
    pub(crate) fn has_letters(&self) -> bool {
        !self.inbox.lock().letters.is_empty()
    }

    /// Ends the mailbox with its environment.
    pub(super) fn close(&self) {
        // Dropped outside the lock: releasing the wake-up calls into Node.
        let closed = std::mem::take(&mut *self.inbox.lock());
        drop(closed);
    }

    fn open(&self, wake: Wake) {
        self.inbox.lock().wake = Some(Arc::new(wake));
    }

    fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut self.inbox.lock().letters)
    }
}

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
        if letter.ends_a_call() {
            granted.extend(environment.slots()?.release().ok().flatten());
        }
        letter.write(&mut flat)?;
    }
    for waiter in granted {
        environment.mailbox().grant_in_order(waiter, &mut flat)?;
    }
    Ok(flat.into_array())
}
