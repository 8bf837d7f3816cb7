//! The limiter of tool calls for JavaScript; `lib/api/tool-slots.js` is its other half.
//!
//! Free functions and single integers, because a call costs 0.2 µs and every object or method more. When the
//! environment ends, its waiters leave and its permits come back.

use napi::Env;
use napi_derive::napi;

use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::mailbox::Mailbox;
use crate::semaphore::{Acquired, GrantSink, Member, WaiterKey, tool_calls};

/// `toolSlotAcquire`: the slot is the caller's. `toolSlotRelease`: nobody of this environment got it.
const DONE: i32 = -1;
/// `toolSlotAcquire`: as many wait as may. `toolSlotRelease`: this environment holds no slot.
const REFUSED: i32 = -2;

/// Grants made by other threads travel as letters.
impl GrantSink for Mailbox {
    fn granted(&self, token: u32) {
        self.post(Letter::PermitGranted { waiter: token });
    }
}

/// Takes part in the limiter; the sizes count only for the first of the process. `max_queue` 4294967295 is "any
/// number". Once per environment, before the other functions and after `mailboxOpen`.
#[napi(catch_unwind)]
pub(crate) fn tool_slot_open(env: &Env, limit: u32, max_queue: u32) -> napi::Result<Outcome<()>> {
    let environment = Environment::current(env)?;
    let joined = tool_calls::limiter(limit, max_queue).map(|limiter| {
        environment.tool_slots().get_or_init(|| limiter.join(environment.mailbox().clone()));
    });
    Ok(outcome(joined))
}

/// Whether a slot was free; it is the caller's then.
#[napi(catch_unwind)]
pub(crate) fn tool_slot_try_acquire(env: &Env) -> napi::Result<bool> {
    with_member(env, |member, _| member.try_acquire())
}

/// -1: granted. -2: the queue is full. Otherwise the key of the waiter `token`, for `toolSlotCancel`.
#[napi(catch_unwind)]
pub(crate) fn tool_slot_acquire(env: &Env, token: u32) -> napi::Result<i32> {
    with_member(env, |member, _| match member.acquire(token) {
        Acquired::Granted => DONE,
        Acquired::QueueFull => REFUSED,
        Acquired::Queued(WaiterKey(key)) => key.cast_signed(),
    })
}

/// -2: this environment holds no slot. Otherwise the token of this environment's waiter that got it, or -1.
#[napi(catch_unwind)]
pub(crate) fn tool_slot_release(env: &Env) -> napi::Result<i32> {
    with_member(env, |member, mailbox| match member.release() {
        Err(_) => REFUSED,
        Ok(None) => DONE,
        Ok(Some(token)) if mailbox.has_letters() => {
            // A grant of another thread waits to be read; this one must not overtake it.
            mailbox.granted(token);
            DONE
        }
        Ok(Some(token)) => token.cast_signed(),
    })
}

/// Whether the waiter left the queue; `false`: it was granted before.
#[napi(catch_unwind)]
pub(crate) fn tool_slot_cancel(env: &Env, key: u32, token: u32) -> napi::Result<bool> {
    with_member(env, |member, _| member.cancel(WaiterKey(key), token))
}

/// Changes the limit; returns the tokens of this environment's waiters that got slots.
#[napi(catch_unwind)]
pub(crate) fn tool_slot_resize(env: &Env, limit: u32) -> napi::Result<Vec<u32>> {
    with_member(env, |member, mailbox| {
        let granted = member.resize(limit);
        if !mailbox.has_letters() {
            return granted;
        }
        granted.into_iter().for_each(|token| mailbox.granted(token));
        Vec::new()
    })
}

/// Changes how many may wait. 4294967295 is "any number".
#[napi(catch_unwind)]
pub(crate) fn tool_slot_set_max_queue(env: &Env, max_queue: u32) -> napi::Result<()> {
    with_member(env, |member, _| member.set_max_queue(max_queue))
}

/// `[limit, in use, queued]`.
#[napi(catch_unwind)]
pub(crate) fn tool_slot_status(env: &Env) -> napi::Result<Vec<u32>> {
    with_member(env, |member, _| {
        let status = member.status();
        vec![status.limit, status.in_use, status.queued]
    })
}

fn with_member<T>(env: &Env, act: impl FnOnce(&Member, &Mailbox) -> T) -> napi::Result<T> {
    let environment = Environment::current(env)?;
    Ok(act(environment.slots()?, environment.mailbox()))
}
