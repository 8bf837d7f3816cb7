//! One try of a call: sends it to an instance, and decides what its failure means.
//!
//! Runs on whichever thread has the instance at hand: on the JavaScript thread for a warm server, so that a small request costs no
//! change of threads before it is in the pipe.

use std::sync::Arc;
use std::time::Instant;

use super::call::Call;
use super::call_place::CallPlace;
use super::call_request::{Question, Target};
use super::input_rounds;
use super::pool_hands::PoolHands;
use super::retry::{self, FailedTry, Next};
use super::settled::Answer;
use super::shared::Shared;
use super::task_routes;
use crate::mcp::output::{self, Rendering};
use crate::mcp::reply::{ProgressSink, Reply, ReplyKind, RequestOptions};
use crate::mcp::session::{Holder, NOBODY};
use crate::model::{Error, Result};
use crate::pool::Held;

/// A try has an instance, or cannot have one.
pub(crate) fn checked_out(shared: &Arc<Shared>, call: &Arc<Call>, outcome: Result<Held<PoolHands>>) {
    match outcome {
        Ok(held) => send(shared, call, held, false),
        Err(error) => not_started(shared, call, error),
    }
}

/// Sends `call` to the instance that it got, or with `hold` leaves it for the next flush. The call settles by its answer, or goes to the
/// retry rules.
pub(crate) fn send(shared: &Arc<Shared>, call: &Arc<Call>, held: Held<PoolHands>, hold: bool) {
    let instance = Arc::clone(held.instance());
    call.stands(CallPlace::Uses(held));
    if call.is_over() {
        return;
    }
    if let Err(error) = instance.allows(&call.request) {
        end(shared, call, Err(error));
        return;
    }
    let (method, params) = call.request.parts();
    let (params, is_try) = call.rounds.next_request(params);
    let holder = holder_of(call);
    if holder != NOBODY && call.request.followed_task().is_none() {
        shared.leases.served_by(holder, &instance.session);
    }
    call.served_by(instance.pid);
    if is_try {
        call.count_try();
    }
    let options = RequestOptions {
        progress: progress_sink(shared, call),
        hold,
        takes_input: call.request.takes_input,
        ..RequestOptions::default()
    };
    let sink = {
        let (shared, call) = (Arc::clone(shared), Arc::clone(call));
        Box::new(move |outcome: Result<Reply>| answered(&shared, &call, outcome))
    };
    let connection = &instance.connection;
    let id = instance.session.request(holder, method, params, options, sink);
    if hold {
        shared.held.add(connection);
    }
    if let Some(id) = id.and_then(|id| call.sent_to(connection, id)) {
        connection.cancel(id, "the caller has given up", super::errors::aborted(call));
    }
}

/// Ends a call, if nobody has yet.
pub(crate) fn end(shared: &Shared, call: &Call, outcome: Result<Answer>) {
    if call.claim() {
        call.settle(outcome, shared.calls.leave(call.number));
    }
}

/// Ends a call for a reason of ours — deadline, abort, shutdown — and tells the server to forget it.
pub(crate) fn withdraw(shared: &Shared, call: &Call, reason: &str, error: Error) {
    if !call.claim() {
        return;
    }
    let listed = shared.calls.leave(call.number);
    if let Some((connection, id)) = call.take_in_flight() {
        connection.cancel(id, reason, error.clone());
    }
    call.settle(Err(error), listed);
}

/// No server could be had for a try.
pub(crate) fn not_started(shared: &Arc<Shared>, call: &Arc<Call>, error: Error) {
    // The queue has answered.
    call.let_go();
    if !call.is_over() {
        call.count_try();
        failed(shared, call, error, false);
    }
}

/// A try failed. Tries again where that is allowed and still in time, else the failure is the answer.
fn failed(shared: &Arc<Shared>, call: &Arc<Call>, error: Error, sent: bool) {
    let request = &call.request;
    let failed = FailedTry {
        attempts: call.attempts(),
        max_retries: request.max_retries,
        rule: request.retry,
        error: &error,
        sent,
    };
    let (delay, ask_annotations) = match retry::decide(&failed, shared.jitter()) {
        Next::GiveUp => return end(shared, call, Err(error)),
        Next::Again(delay) => (delay, false),
        Next::AgainIfHarmless(delay) => (delay, true),
    };
    if shared.calls.deadline(call.number).is_some_and(|deadline| deadline <= Instant::now() + delay) {
        // The real reason says more than a timeout that is certain to follow.
        return end(shared, call, Err(error));
    }
    let (call, replay) = (Arc::clone(call), ask_annotations.then_some(error));
    shared.on_engine(move |world| world.carry_later(call, delay, replay));
}

fn answered(shared: &Arc<Shared>, call: &Arc<Call>, outcome: Result<Reply>) {
    task_routes::learn(call, &outcome);
    call.take_in_flight();
    call.let_go();
    if call.is_over() {
        return;
    }
    match outcome {
        Ok(reply) if reply.kind() == ReplyKind::InputRequired => input_rounds::required(shared, call, &reply),
        Ok(reply) => end(shared, call, answer(call, reply)),
        Err(error) => {
            let sent = error.details().get("sent").and_then(serde_json::Value::as_bool).unwrap_or(true);
            failed(shared, call, error, sent);
        }
    }
}

fn answer(call: &Call, reply: Reply) -> Result<Answer> {
    let is_tool = matches!(call.request.question, Question::Tool { .. });
    if !call.request.render {
        return Ok(Answer { output: None, is_error: is_tool && reply.is_error(), reply });
    }
    let Rendering { text, is_error } = output::render_in_place(reply.result())?;
    Ok(Answer { output: Some(text), is_error: is_tool && is_error, reply })
}

/// Who is served: a lease, or somebody who holds nothing.
fn holder_of(call: &Call) -> Holder {
    match call.request.target {
        Target::Lease(lease) => lease,
        Target::Named | Target::Pool(_) => NOBODY,
    }
}

fn progress_sink(shared: &Arc<Shared>, call: &Arc<Call>) -> Option<Arc<dyn ProgressSink>> {
    let wanted = call.request.wants_progress || call.request.reset_on_progress;
    wanted.then(|| {
        Arc::new(Progress { shared: Arc::clone(shared), call: Arc::clone(call) }) as Arc<dyn ProgressSink>
    })
}

/// Hears the progress of one call.
struct Progress {
    shared: Arc<Shared>,
    call: Arc<Call>,
}

impl ProgressSink for Progress {
    fn progress(&self, params: &[u8]) {
        if self.call.request.reset_on_progress {
            self.shared.calls.extend(&self.call);
        }
        if self.call.request.wants_progress {
            self.call.progress(params);
        }
    }
}
