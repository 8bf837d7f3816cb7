//! The requests that the desk sends: a server is told of subscriptions and of its log level.

use super::desk::{Sink, Work};
use super::subscriptions::Ask;
use super::{Holder, Session};
use crate::mcp::log_level::LogLevel;
use crate::mcp::reply::{Reply, RequestOptions};
use crate::model::Result;

impl Session {
    pub(super) fn perform(&self, work: Work) {
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
}
