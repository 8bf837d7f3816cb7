//! Units for JavaScript: spawn, signal, stop, list. What becomes of a unit arrives as letters.

#![expect(clippy::too_many_arguments, reason = "an object would cost a lookup per field on a hot path")]

use std::os::fd::{AsFd, IntoRawFd};
use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, Null, Undefined};
use napi_derive::napi;

use super::convert::{as_f64, as_u64, duration, grace};
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::process_engine::engine;
use super::unit_streams::{Rest, UnitStreams};
use crate::engine::{HostContext, StartedUnit, UnitEvent, UnitRequest};
use crate::model::{Leftovers, MemoryCeiling, SpawnSpec, StdioMode, TerminalMode};
use crate::sys;

/// Bits of the flags of [`unit_spawn`]; `lib/api/units.js` has the same.
mod flag {
    /// It lives until its last process ends.
    pub(super) const WAITS_FOR_LEFTOVERS: u32 = 1;
    /// Somebody has a connection to it that outlives any age.
    pub(super) const HELD: u32 = 2;
}

/// A command as JavaScript hands it over.
struct UnitParts {
    command: String,
    args: Vec<String>,
    host: String,
    stdio: String,
    grace_ms: f64,
    timeout_ms: f64,
    memory_limit: f64,
    terminal: String,
    flags: u32,
}

/// Starts a command and returns the number of its unit, which its letters carry. `command`: a path, or a name for the `PATH` of its environment;
/// `args` come after its own name. `host`: directory and environment, as `lib/api/host-env.js` writes them. `stdio`: `pipe`, `inherit` or `ignore`
/// for stdin, stdout and stderr, with commas between. `grace_ms`: between SIGTERM and SIGKILL; `timeout_ms`: the longest that it may run, Infinity:
/// for ever. `memory_limit`: bytes beyond which the kernel kills it, Infinity: never. `terminal`: `foreground` or `job`: how it shares this
/// process's terminal; anything else: not at all.
#[napi(catch_unwind)]
pub(crate) fn unit_spawn(
    env: &Env,
    command: String,
    args: Vec<String>,
    host: String,
    stdio: String,
    grace_ms: f64,
    timeout_ms: f64,
    memory_limit: f64,
    terminal: String,
    flags: u32,
) -> napi::Result<Outcome<f64>> {
    // One that names no directory is read on this thread; all others take longer to read than the rest takes here.
    let here = (!host.starts_with('/')).then(|| HostContext::decode(host.as_bytes()));
    let parts = UnitParts { command, args, host, stdio, grace_ms, timeout_ms, memory_limit, terminal, flags };
    let environment = Environment::current(env)?;
    let mailbox = Arc::clone(environment.mailbox());
    let streams = Arc::clone(environment.unit_streams());
    let owner = environment.number();
    let number = engine().spawn_unit(
        move || request(parts, here, owner),
        move |number, event| match event {
            UnitEvent::Started(started) => {
                let started = started_json(number, started, &streams);
                mailbox.post(Letter::UnitStarted { number, started });
            }
            UnitEvent::Failed(error) => mailbox.post(Letter::UnitFailed { number, error }),
            // JavaScript hears of the end only: until then the unit lives.
            UnitEvent::FirstExited { .. } => {}
            UnitEvent::Stopped { signal } => mailbox.post(Letter::UnitStopped { number, signal }),
            UnitEvent::Ended(end) => {
                streams.end(number);
                let end = serde_json::to_string(&end).unwrap_or_default();
                mailbox.post(Letter::UnitEnded { number, end });
            }
        },
    );
    Ok(outcome(number.map(as_f64)))
}

/// One signal to the first process of a unit. False: it is gone, or not ours to signal.
#[napi(catch_unwind)]
pub(crate) fn unit_kill(number: f64, signal: i32) -> bool {
    engine().signal_unit(as_u64(number), signal)
}

/// Continues a unit that was stopped on a terminal; it gets the terminal if this process's group has it.
#[napi(catch_unwind)]
pub(crate) fn unit_continue(number: f64) {
    engine().continue_unit(as_u64(number));
}

/// Whether standard input is the controlling terminal of this process, so that a command can share it.
#[napi(catch_unwind)]
pub(crate) fn stdin_is_controlling_terminal() -> bool {
    sys::terminal::foreground(std::io::stdin().as_fd()).is_ok()
}

/// Takes the terminal for this process's group if the group `first`, or one that is gone, has it. The guard does that when a unit ends;
/// this is for the unit that its guard did not live to end.
#[napi(catch_unwind)]
pub(crate) fn terminal_take_back(first: i32) {
    let stdin = std::io::stdin();
    let Ok(group) = sys::terminal::foreground(stdin.as_fd()) else { return };
    if let Ok(own) = sys::prctl::group_of(0)
        && (group == first || !sys::signal::is_group(group))
    {
        // A terminal that was hung up belongs to nobody.
        let _ =
            sys::signal::with_blocked(libc::SIGTTOU, || sys::terminal::set_foreground(stdin.as_fd(), own));
    }
}

/// Stops a unit; its end comes as a letter. A grace below zero: the unit's own.
#[napi(catch_unwind)]
pub(crate) fn unit_stop(number: f64, force: bool, grace_ms: f64) {
    engine().stop_unit(as_u64(number), force, grace(grace_ms));
}

/// The host's end of one stream of a unit, a descriptor that belongs to the caller from here on; -1: there is none, or it was taken.
#[napi(catch_unwind)]
pub(crate) fn unit_take_stream(env: &Env, number: f64, index: u32) -> napi::Result<i32> {
    let taken = Environment::current(env)?.unit_streams().take(as_u64(number), index as usize);
    Ok(taken.map_or(-1, IntoRawFd::into_raw_fd))
}

/// What stdout and stderr of a unit that is over still held, of those that were not taken: the bytes; `null` where there is nothing to ask for;
/// `undefined` where somebody else still writes to it, and it can be taken as before. Once.
#[napi(catch_unwind)]
pub(crate) fn unit_take_rest(
    env: &Env,
    number: f64,
) -> napi::Result<Vec<Either<Buffer, Either<Null, Undefined>>>> {
    let rests = Environment::current(env)?.unit_streams().take_rest(as_u64(number));
    let told = rests.map(|rest| match rest {
        Rest::Bytes(bytes) => Either::A(bytes.into()),
        Rest::Taken => Either::B(Either::A(Null)),
        Rest::Open => Either::B(Either::B(())),
    });
    Ok(told.into())
}

/// The start of a unit for JavaScript. Its pipe ends wait to be asked for.
fn started_json(number: u64, started: StartedUnit, streams: &UnitStreams) -> String {
    let piped = streams.add(number, started.stdio);
    let guarantee = if started.in_cgroup { "kernel" } else { "guard" };
    serde_json::json!({ "identity": started.identity, "guarantee": guarantee, "piped": piped }).to_string()
}

fn request(parts: UnitParts, here: Option<HostContext>, owner: u64) -> UnitRequest {
    let host = here.unwrap_or_else(|| HostContext::decode(parts.host.as_bytes()));
    let mut modes = parts.stdio.split(',').map(|mode| match mode {
        "inherit" => StdioMode::Inherit,
        "ignore" => StdioMode::Ignore,
        _ => StdioMode::Pipe,
    });
    UnitRequest {
        stdio: std::array::from_fn(|_| modes.next().unwrap_or(StdioMode::Pipe)),
        grace: grace(parts.grace_ms).unwrap_or(Duration::MAX),
        timeout: duration(parts.timeout_ms),
        leftovers: if parts.flags & flag::WAITS_FOR_LEFTOVERS != 0 {
            Leftovers::Wait
        } else {
            Leftovers::Stop
        },
        terminal: TerminalMode::from_word(&parts.terminal),
        owner: Some(owner),
        pool: None,
        held: parts.flags & flag::HELD != 0,
        memory: parts
            .memory_limit
            .is_finite()
            .then(|| MemoryCeiling { bytes: as_u64(parts.memory_limit), required: true }),
        container: None,
        spec: SpawnSpec {
            command: parts.command.into_bytes(),
            args: parts.args.into_iter().map(String::into_bytes).collect(),
            env: host.entries,
            cwd: host.cwd.into_os_string().into_encoded_bytes(),
        },
    }
}
