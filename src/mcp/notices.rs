//! What a server says unasked, on its way to those who hold it. Made before the connection, whose [`Listener`] it is; knows the session
//! as soon as there is one, and who is to be told as soon as somebody says so.

use std::sync::{Arc, OnceLock, Weak};

use super::client::ClientCapabilities;
use super::reply::{Listener, ServerQuestion};
use super::session::{Audience, Session};

/// Who tells the holders of a server. Called on the thread that reads; must not block.
pub trait SessionSink: Send + Sync {
    /// A notification other than progress; `params` is raw JSON, or empty.
    fn notification(&self, to: &Audience, method: &str, params: &[u8]);

    /// The server asks something that its client said it would answer. Answer by
    /// [`Connection::answer`](super::connection::Connection::answer).
    fn question(&self, question: ServerQuestion);

    /// The server took its question back, or is gone: an answer would be dropped.
    fn question_withdrawn(&self, number: u64);
}

/// The listener of one connection.
#[derive(Default)]
pub struct Notices {
    capabilities: ClientCapabilities,
    session: OnceLock<Weak<Session>>,
    sink: OnceLock<Arc<dyn SessionSink>>,
}

impl Notices {
    /// For a connection that is told of `capabilities`.
    #[must_use]
    pub fn new(capabilities: ClientCapabilities) -> Arc<Self> {
        Arc::new(Self { capabilities, ..Self::default() })
    }

    /// Says who is to be told. Only the first call counts; what came before it was said to nobody.
    pub fn route_to(&self, sink: Arc<dyn SessionSink>) {
        let _ = self.sink.set(sink);
    }

    /// What the server is told that it may ask.
    #[must_use]
    pub fn capabilities(&self) -> ClientCapabilities {
        self.capabilities
    }

    pub(super) fn belong_to(&self, session: Weak<Session>) {
        let _ = self.session.set(session);
    }

    pub(super) fn tell(&self, to: &Audience, method: &str, params: &[u8]) {
        if let Some(sink) = self.sink.get() {
            sink.notification(to, method, params);
        }
    }
}

impl Listener for Notices {
    fn notification(&self, method: &str, params: &[u8]) {
        match self.session.get().and_then(Weak::upgrade) {
            Some(session) => session.hear(method, params),
            None => self.tell(&Audience::All, method, params),
        }
    }

    fn answers(&self, method: &str) -> bool {
        self.capabilities.cover(method) && self.sink.get().is_some()
    }

    fn question(&self, question: ServerQuestion) {
        if let Some(sink) = self.sink.get() {
            sink.question(question);
        }
    }

    fn question_withdrawn(&self, number: u64) {
        if let Some(sink) = self.sink.get() {
            sink.question_withdrawn(number);
        }
    }
}
