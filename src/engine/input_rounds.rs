//! Rounds of one call: the server answers with questions, its caller answers them, and the request goes out again as a new one, to
//! whichever instance is free: what the server needs of the round before is in the request.
//!
//! | state | `input_required` | the caller answers | the call ends |
//! |---|---|---|---|
//! | idle | questions, and the caller takes them: → asked, its timeout stands still · only a state: → idle, sent again after [`PAUSE`] | – | – |
//! | asked | – | the number of the round fits: → idle, sent again with a new timeout | the answer is dropped |

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::attempt;
use super::call::Call;
use super::call_request::Question;
use super::shared::Shared;
use crate::mcp::input_required::InputRequired;
use crate::mcp::params::Params;
use crate::mcp::reply::Reply;
use crate::mcp::request_meta::insert_first;
use crate::model::{Error, ErrorCode};

/// A server that asks on and on is told from one with a long form by this many rounds.
const MOST: u32 = 10;

/// Between two tries of a request that the server put off.
const PAUSE: Duration = Duration::from_millis(250);

/// The rounds of one call.
#[derive(Default)]
pub(crate) struct InputRounds {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    round: u32,
    /// What the caller was asked.
    asked: Option<InputRequired>,
    /// Members of the params of the request to come.
    members: String,
    /// The next try is the answer to a round and counts as none.
    answered: bool,
}

impl InputRounds {
    /// The params of the next request, and whether it is a try of its own.
    pub(crate) fn next_request<'p>(&self, params: Params<'p>) -> (Params<'p>, bool) {
        let mut state = self.state.lock();
        let is_try = !std::mem::take(&mut state.answered);
        if state.members.is_empty() {
            return (params, is_try);
        }
        (insert_first(&params.to_raw(), &state.members).into(), is_try)
    }

    fn ask(&self, input: InputRequired) -> Option<u32> {
        let mut state = self.state.lock();
        state.round += 1;
        state.asked = Some(input);
        (state.round <= MOST).then_some(state.round)
    }

    /// False: nobody asked, or in another round.
    fn answer(&self, round: u32, answers: Option<&str>) -> bool {
        let mut state = self.state.lock();
        if state.round != round {
            return false;
        }
        let Some(asked) = state.asked.take() else { return false };
        state.members = asked.members_of_retry(answers);
        state.answered = true;
        true
    }
}

/// The server answered with questions.
pub(crate) fn required(shared: &Arc<Shared>, call: &Arc<Call>, reply: &Reply) {
    let input = InputRequired::read(reply).filter(|_| InputRequired::is_allowed_for(method_of(call)));
    let Some(input) = input else { return attempt::end(shared, call, Err(not_allowed(call))) };
    let questions = input.questions().map(str::to_owned);
    let round = call.rounds.ask(input);
    match (round, questions) {
        (None, questions) => attempt::end(shared, call, Err(endless(call, questions.as_deref()))),
        (Some(_), Some(questions)) if !call.request.takes_input => {
            attempt::end(shared, call, Err(nobody_answers(call, &questions)));
        }
        (Some(round), Some(questions)) => {
            shared.calls.pause(call);
            call.ask(round, &questions);
        }
        (Some(round), None) => {
            if call.rounds.answer(round, None) {
                let call = Arc::clone(call);
                shared.on_engine(move |world| world.carry_later(call, PAUSE, None));
            }
        }
    }
}

/// The caller answered; `answers` is a raw JSON object. False: too late, or nobody asked.
pub(crate) fn answer(shared: &Arc<Shared>, call: &Arc<Call>, round: u32, answers: &str) -> bool {
    if call.is_over() || !call.rounds.answer(round, Some(answers)) {
        return false;
    }
    shared.calls.extend(call);
    let call = Arc::clone(call);
    shared.on_engine(move |world| world.carry(call));
    true
}

fn method_of(call: &Call) -> &str {
    match &call.request.question {
        Question::Tool { .. } => "tools/call",
        Question::Method { method } => method,
    }
}

fn not_allowed(call: &Call) -> Error {
    let what = format!(
        "server '{}' answered {} by a question that MCP 2026-07-28 does not allow there; report it to its author",
        call.request.server,
        method_of(call)
    );
    about(Error::new(ErrorCode::ServerProtocol, what), call, None)
}

fn nobody_answers(call: &Call, questions: &str) -> Error {
    let what = format!(
        "{}.{} asks its caller something before it answers; pass onInputRequired",
        call.request.server,
        call.request.question.label()
    );
    about(Error::new(ErrorCode::InputRequired, what), call, Some(questions))
}

fn endless(call: &Call, questions: Option<&str>) -> Error {
    let what = format!(
        "{}.{} still asks after {MOST} rounds; look at what onInputRequired answers",
        call.request.server,
        call.request.question.label()
    );
    about(Error::new(ErrorCode::InputRequired, what), call, questions)
}

fn about(error: Error, call: &Call, questions: Option<&str>) -> Error {
    let error =
        error.detail("server", call.request.server.as_ref()).detail("tool", call.request.question.label());
    let questions = questions.and_then(|raw| serde_json::from_str::<serde_json::Value>(raw).ok());
    questions.into_iter().fold(error, |error, questions| error.detail("inputRequests", questions))
}
