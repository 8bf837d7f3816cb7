//! The stream of notifications of the 2026-07-28 protocol, as requests and answers; [`super::listen`] has the rules.

use super::Session;
use super::desk::{Work, empty};
use super::subscriptions::Ask;
use crate::mcp::reply::{Reply, RequestId, RequestOptions};
use crate::model::{Error, ErrorCode, Result};

impl Session {
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

    /// The 2026-07-28 protocol: the filter of the stream is what is subscribed to. A URI that was given up is gone with the new filter.
    pub(super) fn listen_anew(&self, work: Work) {
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

    pub(super) fn cancel_streams(&self, streams: Vec<RequestId>) {
        for stream in streams {
            let error = Error::new(ErrorCode::Aborted, "replaced by another stream");
            self.connection.cancel(stream, "replaced", error);
        }
    }

    fn not_watched(&self, uri: &str) -> Error {
        let server = self.connection.server();
        let what =
            format!("server '{server}' sends no updates of {uri}; read it again where it may have changed");
        Error::new(ErrorCode::Unsupported, what).detail("server", server).detail("uri", uri)
    }
}
