//! Tool calls for JavaScript: begin, cancel, list. What comes of a call arrives as a letter.

use std::sync::Arc;

use napi::Env;
use napi_derive::napi;

use super::convert::{as_f64, as_u64, duration, grace};
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::mailbox::Mailbox;
use super::process_engine::engine;
use crate::engine::{Begun, CallRequest, CallSink, HostContext, Question, RetryRule, Settled, Target};

/// Bits of `flags`; `lib/api/call-flags.js` has the same.
pub(super) mod flag {
    pub(crate) const TOOL: u32 = 1;
    pub(crate) const ANNOTATED: u32 = 2;
    pub(crate) const RESET_ON_PROGRESS: u32 = 4;
    pub(crate) const WANTS_PROGRESS: u32 = 8;
    pub(crate) const RENDER: u32 = 16;
    pub(crate) const HOLDS_SLOT: u32 = 32;
    pub(crate) const HOLD: u32 = 64;
    pub(crate) const TAKES_INPUT: u32 = 128;
}

impl CallSink for Mailbox {
    fn settled(&self, settled: Settled) {
        self.post(Letter::CallSettled { settled: Box::new(settled), slot: true });
    }

    fn progress(&self, number: u64, params: &[u8]) {
        self.post(Letter::CallProgress { number, params: String::from_utf8_lossy(params).into_owned() });
    }

    fn input_required(&self, number: u64, round: u32, questions: &str) {
        self.post(Letter::CallInput { number, round, questions: questions.to_owned() });
    }
}

/// A call as JavaScript hands it over where speed does not count.
#[napi(object)]
#[derive(Clone)]
pub(crate) struct CallParts {
    /// A configured name.
    pub server: String,
    /// The tool, or the method.
    pub name: String,
    /// Raw JSON.
    pub payload: String,
    /// Bits.
    pub flags: u32,
    /// Milliseconds; Infinity: for ever.
    pub timeout_ms: f64,
    /// Milliseconds, whatever progress says.
    pub max_total_ms: f64,
    /// Tries after the first.
    pub max_retries: u32,
    /// Calls of one session stay on one instance.
    pub session: Option<String>,
}

/// `callBegin`: a server must be started for the call, whose slot is held: begin again with `host`.
pub(super) const NEEDS_HOST: f64 = 0.0;
/// `callBegin`: no slot is free. Wait for one and begin again.
const NO_SLOT: f64 = -1.0;

/// Begins a call on a route and returns its number, which its letters carry, or one of the numbers above. Takes a slot unless the flags
/// say that the call holds one; the slot goes back when the `callSettled` letter is read.
#[napi(catch_unwind)]
pub(crate) fn call_begin(
    env: &Env,
    route: u32,
    payload: String,
    flags: u32,
    host: Option<String>,
    session: Option<String>,
) -> napi::Result<f64> {
    let environment = Environment::current(env)?;
    if flags & flag::HOLDS_SLOT == 0 && !environment.slots()?.try_acquire() {
        return Ok(NO_SLOT);
    }
    let request = environment.routes().call(route, payload, session)?;
    let sink: Arc<dyn CallSink> = Arc::<Mailbox>::clone(environment.mailbox());
    let host = host.map(|host| HostContext::decode(host.as_bytes()));
    Ok(match engine().begin(request, environment.number(), flags & flag::HOLD != 0, sink, host) {
        Begun::Call(number) => as_f64(number),
        Begun::NeedsHost => NEEDS_HOST,
    })
}

pub(super) fn request(parts: CallParts, target: Target) -> CallRequest {
    let has = |bit: u32| parts.flags & bit != 0;
    let name = parts.name;
    CallRequest {
        question: if has(flag::TOOL) {
            Question::Tool { tool: name.into() }
        } else {
            Question::Method { method: name.into() }
        },
        timeout: duration(parts.timeout_ms),
        max_total: duration(parts.max_total_ms),
        reset_on_progress: has(flag::RESET_ON_PROGRESS),
        wants_progress: has(flag::WANTS_PROGRESS),
        takes_input: has(flag::TAKES_INPUT),
        render: has(flag::RENDER),
        max_retries: parts.max_retries,
        retry: if has(flag::ANNOTATED) { RetryRule::Annotated } else { RetryRule::NeverSent },
        target,
        server: parts.server.into(),
        session: parts.session,
        payload: Arc::new(parts.payload.into_bytes()),
    }
}

/// Sends the calls that were begun with the flag `HOLD`, and looks a moment for answers: letters that are there when the turn ends are read
/// without going to sleep first.
#[napi(catch_unwind)]
pub(crate) fn calls_flush(env: &Env) -> napi::Result<()> {
    engine().flush();
    Environment::current(env)?.glance();
    Ok(())
}

/// Ends a call at its caller's wish. False: it had ended before.
#[napi(catch_unwind)]
pub(crate) fn call_cancel(number: f64, reason: String) -> bool {
    engine().cancel(as_u64(number), &reason)
}

/// Answers a `callInput` letter; `answers` is a JSON object. False: too late, or another round is asked.
#[napi(catch_unwind)]
pub(crate) fn call_answer_input(number: f64, round: u32, answers: String) -> bool {
    engine().answer_input(as_u64(number), round, &answers)
}

/// The calls that hold a slot, oldest first: a JSON array of `ActiveProcess`.
#[napi(catch_unwind)]
pub(crate) fn calls_active() -> String {
    let entry = |call: &crate::engine::ActiveCall| {
        serde_json::json!({
            "id": format!("call-{}", call.number),
            "pid": call.pid,
            "server": call.server,
            "tool": call.tool,
            "startTime": call.start_time,
            "duration": call.duration,
            "transport": call.transport,
        })
    };
    serde_json::Value::Array(engine().active_calls().iter().map(entry).collect()).to_string()
}

/// The configured servers as a JSON array.
#[napi(catch_unwind)]
pub(crate) fn servers_list(host: String) -> Outcome<String> {
    let entry = |server: &crate::engine::ServerSummary| {
        serde_json::json!({
            "name": server.name,
            "transport": server.transport,
            "source": server.source,
            "running": u8::from(server.running),
        })
    };
    let servers = engine().servers(&HostContext::decode(host.as_bytes()));
    outcome(servers.map(|servers| serde_json::Value::Array(servers.iter().map(entry).collect()).to_string()))
}

/// Which configuration files count, as a JSON object: `files` that were read, `lookedAt`, `warnings` for people.
#[napi(catch_unwind)]
pub(crate) fn configuration_sources(host: String) -> Outcome<String> {
    let shown = |paths: &[std::path::PathBuf]| -> Vec<String> {
        paths.iter().map(|path| path.display().to_string()).collect()
    };
    let config = engine().configuration(&HostContext::decode(host.as_bytes()));
    outcome(config.map(|config| {
        let (files, looked_at) = (shown(&config.files_read), shown(&config.looked_at));
        serde_json::json!({ "files": files, "lookedAt": looked_at, "warnings": config.warnings }).to_string()
    }))
}

/// Stops the server of a name, if it runs; a `done` letter with `token` says when it is over.
#[napi(catch_unwind)]
pub(crate) fn server_close(env: &Env, name: String, grace_ms: f64, token: u32) -> napi::Result<()> {
    let mailbox = Arc::clone(Environment::current(env)?.mailbox());
    engine().close_server(&name, grace(grace_ms), move || mailbox.post(Letter::Done { token, answer: None }));
    Ok(())
}

/// Whether a server of this name was asked for, be its entry still there or not.
#[napi(catch_unwind)]
pub(crate) fn server_known(name: String) -> bool {
    engine().knows_server(&name)
}
