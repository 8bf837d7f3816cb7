//! Leases of pool instances for JavaScript: acquire, release, call. A warm instance is had without a letter.

#![expect(clippy::too_many_arguments, reason = "an object would cost a lookup per field on a hot path")]

use std::sync::Arc;

use napi::bindgen_prelude::BufferSlice;
use napi::{Either, Env};
use napi_derive::napi;

use super::calls::{self, CallParts, NEEDS_HOST};
use super::convert::{as_f64, as_u64, duration};
use super::environment::Environment;
use super::error::Outcome;
use super::lease_numbers;
use super::mailbox::{Mailbox, SlotlessSink};
use super::process_engine::engine;
use crate::engine::{Acquire, AcquireWait, Acquired, Begun, HostContext, PoolSink, Target};

/// `leaseAcquire`: a letter will tell.
const WAITS: f64 = -1.0;

/// Takes a lease: its number, 0: again with `host`, or -1: a `leaseGranted` or `leaseRefused` letter with `token` will tell. A timeout below zero:
/// the pool's own. `handlers`: bits of the server's questions that the holder answers.
#[napi(catch_unwind)]
pub(crate) fn lease_acquire(
    env: &Env,
    pool: f64,
    session: Option<String>,
    timeout_ms: f64,
    handlers: u32,
    token: u32,
    host: Option<String>,
) -> napi::Result<Outcome<f64>> {
    let environment = Environment::current(env)?;
    let sink: Arc<dyn PoolSink> = Arc::<Mailbox>::clone(environment.mailbox());
    let wish = Acquire {
        pool: as_u64(pool),
        session: session.as_deref(),
        wait: wait(timeout_ms),
        handlers: (handlers & 0xff) as u8,
        token,
        owner: environment.number(),
        sink,
        host: host.map(|host| HostContext::decode(host.as_bytes())),
    };
    Ok(match engine().acquire(wish) {
        Ok(Acquired::Ready(lease)) => Either::A(as_f64(lease)),
        Ok(Acquired::Waits) => Either::A(WAITS),
        Ok(Acquired::NeedsHost) => Either::A(NEEDS_HOST),
        Err(error) => Either::B(error.into()),
    })
}

/// Gives up a wish for a lease. False: a letter tells or told its end.
#[napi(catch_unwind)]
pub(crate) fn lease_cancel(env: &Env, token: u32) -> napi::Result<bool> {
    Ok(engine().cancel_acquire(Environment::current(env)?.number(), token))
}

/// Gives a lease back, and writes how its instance was at that moment. False: it was given back before.
#[napi(catch_unwind)]
pub(crate) fn lease_release(lease: f64, mut numbers: BufferSlice<'_>) -> bool {
    lease_numbers::write(engine().release_seen(as_u64(lease)).as_ref(), &mut numbers)
}

/// Answers a `leaseQuestion` letter: `json` is the result, or with `ok` false the JSON-RPC error. False: too late.
#[napi(catch_unwind)]
pub(crate) fn lease_answer(lease: f64, question: f64, ok: bool, json: String) -> bool {
    engine().answer_question(as_u64(lease), as_u64(question), ok, &json)
}

/// Writes how the instance that a lease is on is. False: it was released.
#[napi(catch_unwind)]
pub(crate) fn lease_info(lease: f64, mut numbers: BufferSlice<'_>) -> bool {
    lease_numbers::write(engine().lease_info(as_u64(lease)).as_ref(), &mut numbers)
}

/// What the instance of a lease answered to `initialize`, as JSON; null: the lease or the instance is gone.
#[napi(catch_unwind)]
pub(crate) fn lease_handshake(lease: f64) -> Option<String> {
    engine().lease_handshake(as_u64(lease))
}

/// Sends a notification to the instance of a lease. False: one of them is gone.
#[napi(catch_unwind)]
pub(crate) fn lease_notify(lease: f64, method: String, params: String) -> bool {
    engine().lease_notify(as_u64(lease), &method, params.as_bytes())
}

/// Begins a call on the instance of a lease; its number. Takes no slot.
#[napi(catch_unwind)]
pub(crate) fn lease_call(
    env: &Env,
    lease: f64,
    name: String,
    payload: String,
    flags: u32,
    timeout_ms: f64,
    max_total_ms: f64,
    max_retries: u32,
) -> napi::Result<f64> {
    let session = None;
    let parts = CallParts {
        server: String::new(),
        name,
        payload,
        flags,
        timeout_ms,
        max_total_ms,
        max_retries,
        session,
    };
    // A lease was granted from somewhere: the engine knows the host already.
    begin(env, parts, Target::Lease(as_u64(lease)), None)
}

/// Begins a call on any instance of a pool, or on that of `session`; its number, or 0: again with `host`. Takes no slot.
#[napi(catch_unwind)]
pub(crate) fn pool_call(
    env: &Env,
    pool: f64,
    session: Option<String>,
    name: String,
    payload: String,
    flags: u32,
    timeout_ms: f64,
    max_total_ms: f64,
    max_retries: u32,
    host: Option<String>,
) -> napi::Result<f64> {
    let parts = CallParts {
        server: String::new(),
        name,
        payload,
        flags,
        timeout_ms,
        max_total_ms,
        max_retries,
        session,
    };
    begin(env, parts, Target::Pool(as_u64(pool)), host)
}

fn begin(env: &Env, parts: CallParts, target: Target, host: Option<String>) -> napi::Result<f64> {
    let environment = Environment::current(env)?;
    let hold = parts.flags & calls::flag::HOLD != 0;
    let sink = Arc::new(SlotlessSink(Arc::clone(environment.mailbox())));
    let host = host.map(|host| HostContext::decode(host.as_bytes()));
    let request = calls::request(parts, target);
    Ok(match engine().begin(request, environment.number(), hold, sink, host) {
        Begun::Call(number) => as_f64(number),
        Begun::NeedsHost => NEEDS_HOST,
    })
}

fn wait(timeout_ms: f64) -> AcquireWait {
    match duration(timeout_ms) {
        Some(time) => AcquireWait::For(time),
        None if timeout_ms < 0.0 => AcquireWait::Default,
        None => AcquireWait::Forever,
    }
}
