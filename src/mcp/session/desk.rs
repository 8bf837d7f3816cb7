//! What belongs to the process and not to one of its holders, and the work that follows from it, in order: whoever finds nobody at the
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
use crate::mcp::reply::{Reply, ReplySink, RequestId};
use crate::model::Result;

pub(super) type Sink = Box<dyn ReplySink>;

/// The process's own state.
pub(super) struct Desk {
    pub(super) offers: Offers,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) subscriptions: Subscriptions<Sink>,
    pub(super) levels: LogLevels,
    pub(super) listen: Listen,
    pub(super) work: VecDeque<Work>,
    attended: bool,
}

/// What is to be done, outside of the lock.
pub(super) enum Work {
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
    pub(super) fn take_up(&mut self, step: Step<Sink>, outcome: &Result<Reply>) {
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

    pub(super) fn work_off(&self) {
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
}

/// What a server answers that has nothing to say.
pub(super) fn empty() -> Result<Reply> {
    Ok(Reply::copied(b"{}"))
}
