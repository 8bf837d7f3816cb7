//! What belongs to the process and not to one of its holders, and the requests that follow from it, in order: whoever finds nobody at the
//! desk works off what lies there; no lock is held while a request is sent or a caller answered.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::listen::Listen;
use super::log_levels::LogLevels;
use super::offers::Offers;
use super::subscriptions::{Ask, Step, Subscriptions};
use super::{Audience, Holder, Session, uri_of};
use crate::mcp::connection::Connection;
use crate::mcp::log_level::LogLevel;
use crate::mcp::reply::{Reply, ReplySink, RequestId, RequestOptions};
use crate::model::{Error, ErrorCode, Result};

type Sink = Box<dyn ReplySink>;

/// The process's own state.
pub(super) struct Desk {
    offers: Offers,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscriptions: Subscriptions<Sink>,
    levels: LogLevels,
    listen: Listen,
    work: VecDeque<Work>,
    attended: bool,
}

/// What is to be done, outside of the lock.
enum Work {
    Ask(Ask),
    /// Tells the server its level; the holder that set it, if it waits for the answer.
    Level(LogLevel, Option<(Holder, Sink)>),
    /// Opens the stream anew.
    Listen,
    Cancel(Vec<RequestId>),
    Answer(Vec<Sink>, Result<Reply>),
}

impl Desk {
    pub(super) fn new(offers: Offers) -> Self {
        Self { offers, state: Mutex::default() }
    }

    pub(super) fn hears(&self, stream: Option<RequestId>) -> bool {
        self.state.lock().listen.hears(stream)
    }

    /// Who is to hear a notification.
    pub(super) fn audience(&self, method: &str, params: &[u8]) -> Audience {
        match method {
            "notifications/resources/updated" => {
                let uri = uri_of(params).unwrap_or_default();
                self.state.lock().subscriptions.audience(&uri)
            }
            "notifications/message" => {
                let level = LogLevel::of_params(params);
                level.map_or(Audience::All, |level| self.state.lock().levels.audience(level))
            }
            _ => Audience::All,
        }
    }

    /// In the 2026-07-28 protocol the level is a part of each request.
    pub(super) fn level_of_requests(&self, holder: Holder, connection: &Connection) -> Option<LogLevel> {
        if !self.offers.logging || !connection.is_modern() {
            return None;
        }
        self.state.lock().levels.of(holder)
    }
}

impl State {
    fn take_up(&mut self, step: Step<Sink>, outcome: &Result<Reply>) {
        self.work.push_back(Work::Answer(step.answered, outcome.clone()));
        self.work.extend(step.ask.map(Work::Ask));
    }
}

impl Session {
    /// A holder goes: what only it had is given back.
    pub fn holder_left(&self, holder: Holder) {
        let mut state = self.desk.state.lock();
        for uri in state.subscriptions.of(holder) {
            let step = state.subscriptions.leave(&uri, holder, None);
            state.take_up(step, &empty());
        }
        let level = state.levels.leave(holder).filter(|_| !self.connection.is_modern());
        state.work.extend(level.map(|level| Work::Level(level, None)));
        drop(state);
        self.work_off();
    }

    /// A holder comes over from a process that is being replaced: what it had there it has here.
    pub fn adopt(&self, holder: Holder, from: &Self) {
        let (uris, level) = {
            let state = from.desk.state.lock();
            (state.subscriptions.of(holder), state.levels.of(holder))
        };
        for uri in uris {
            self.change_subscription(holder, true, &uri, Box::new(|_: Result<Reply>| ()));
        }
        if let Some(level) = level {
            self.set_level(holder, level, Box::new(|_: Result<Reply>| ()));
        }
    }

    pub(super) fn change_subscription(&self, holder: Holder, join: bool, uri: &str, sink: Sink) {
        let mut state = self.desk.state.lock();
        let step = if join {
            state.subscriptions.join(uri, holder, sink)
        } else {
            state.subscriptions.leave(uri, holder, Some(sink))
        };
        state.take_up(step, &empty());
        drop(state);
        self.work_off();
    }

    pub(super) fn set_level(&self, holder: Holder, level: LogLevel, sink: Sink) {
        let mut state = self.desk.state.lock();
        let change = state.levels.set(holder, level);
        let silent = self.connection.is_modern() && self.desk.offers.logging;
        state.work.push_back(match change.filter(|_| !silent) {
            Some(level) => Work::Level(level, Some((holder, sink))),
            None => Work::Answer(vec![sink], empty()),
        });
        drop(state);
        self.work_off();
    }

    pub(super) fn begin_listening(&self) {
        if self.connection.is_modern() {
            self.desk.state.lock().work.push_back(Work::Listen);
            self.work_off();
        }
    }

    pub(super) fn stream_acknowledged(&self, stream: RequestId, params: &[u8]) {
        let mut state = self.desk.state.lock();
        let Some(settled) = state.listen.acknowledged(stream, params) else { return };
        state.work.push_back(Work::Cancel(settled.cancel));
        for uri in settled.agreed {
            let step = state.subscriptions.answered(&uri, true);
            state.take_up(step, &empty());
        }
        for uri in settled.refused {
            let step = state.subscriptions.answered(&uri, false);
            state.take_up(step, &Err(self.not_watched(&uri)));
        }
        drop(state);
        self.work_off();
    }

    fn work_off(&self) {
        loop {
            let work = {
                let mut state = self.desk.state.lock();
                // Whoever is at the desk takes this up too, this thread further up its stack included.
                if state.attended {
                    return;
                }
                let Some(work) = state.work.pop_front() else { return };
                state.attended = true;
                work
            };
            self.perform(work);
            self.desk.state.lock().attended = false;
        }
    }

    fn perform(&self, work: Work) {
        match work {
            Work::Ask(_) | Work::Listen if self.connection.is_modern() => self.listen_anew(work),
            Work::Ask(Ask::Subscribe(uri)) => self.tell_server("resources/subscribe", uri),
            Work::Ask(Ask::Unsubscribe(uri)) => self.tell_server("resources/unsubscribe", uri),
            Work::Level(level, holder) => self.tell_level(level, holder),
            Work::Listen => {}
            Work::Cancel(streams) => self.cancel_streams(streams),
            Work::Answer(sinks, outcome) => {
                for sink in sinks {
                    sink.settle(outcome.clone());
                }
            }
        }
    }

    fn tell_server(&self, method: &str, uri: String) {
        let params = serde_json::json!({ "uri": uri }).to_string();
        let me = self.me.clone();
        let sink = move |outcome: Result<Reply>| {
            let Some(session) = me.upgrade() else { return };
            let mut state = session.desk.state.lock();
            let step = state.subscriptions.answered(&uri, outcome.is_ok());
            state.take_up(step, &outcome);
            drop(state);
            session.work_off();
        };
        self.connection.request(method, params.as_bytes(), RequestOptions::default(), Box::new(sink));
    }

    fn tell_level(&self, level: LogLevel, holder: Option<(Holder, Sink)>) {
        let params = format!("{{\"level\":\"{}\"}}", level.as_str());
        let me = self.me.clone();
        let sink = move |outcome: Result<Reply>| {
            let Some((holder, sink)) = holder else { return };
            if outcome.is_err()
                && let Some(session) = me.upgrade()
            {
                session.level_refused(holder);
            }
            sink.settle(outcome);
        };
        let options = RequestOptions::default();
        self.connection.request("logging/setLevel", params.as_bytes(), options, Box::new(sink));
    }

    /// A level that was refused is nobody's.
    fn level_refused(&self, holder: Holder) {
        let mut state = self.desk.state.lock();
        let level = state.levels.leave(holder);
        state.work.extend(level.map(|level| Work::Level(level, None)));
        drop(state);
        self.work_off();
    }

    /// The 2026-07-28 protocol: the filter of the stream is what is subscribed to. A URI that was given up is gone with the new filter.
    fn listen_anew(&self, work: Work) {
        let id = self.connection.reserve();
        let mut state = self.desk.state.lock();
        let uris = state.subscriptions.wanted();
        let params = state.listen.open(id, self.desk.offers, uris);
        if params.is_none() {
            let streams = state.listen.close();
            state.work.push_back(Work::Cancel(streams));
        }
        if let Work::Ask(Ask::Unsubscribe(uri)) = work {
            let step = state.subscriptions.answered(&uri, true);
            state.take_up(step, &empty());
        }
        drop(state);
        let Some(params) = params else { return };
        let me = self.me.clone();
        let sink = move |outcome: Result<Reply>| {
            if let Some(session) = me.upgrade() {
                session.stream_ended(id, outcome.as_ref().err());
            }
        };
        let options = RequestOptions { background: true, reserved: Some(id), ..RequestOptions::default() };
        self.connection.request("subscriptions/listen", params.as_bytes(), options, Box::new(sink));
    }

    /// Who still waits for what the stream was to bring is told why it does not come.
    fn stream_ended(&self, stream: RequestId, error: Option<&Error>) {
        let mut state = self.desk.state.lock();
        for uri in state.listen.ended(stream) {
            let step = state.subscriptions.answered(&uri, false);
            let error = error.cloned().unwrap_or_else(|| self.not_watched(&uri));
            state.take_up(step, &Err(error));
        }
        drop(state);
        self.work_off();
    }

    fn cancel_streams(&self, streams: Vec<RequestId>) {
        for stream in streams {
            let error = Error::new(ErrorCode::Aborted, "replaced by another stream");
            self.connection.cancel(stream, "replaced", error);
        }
    }

    fn not_watched(&self, uri: &str) -> Error {
        let server = self.connection.server();
        let what =
            format!("server `{server}` sends no updates of {uri}; read it again where it may have changed");
        Error::new(ErrorCode::Unsupported, what).detail("server", server).detail("uri", uri)
    }
}

/// What a server answers that has nothing to say.
fn empty() -> Result<Reply> {
    Ok(Reply::copied(b"{}"))
}
