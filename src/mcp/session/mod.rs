//! One server process and all who hold it. Requests go through here: what is the process's own — subscriptions, log level, lists — is
//! shared among its holders, everything else passes as it is. What the server says unasked goes to whom it concerns.
//!
//! Starting and ending the process belongs to the caller, so does who holds what: a holder is a number. May be used from any thread; no
//! lock is held while a sink is called.

mod audience;
mod desk;
mod errands;
mod listen;
mod log_levels;
mod offers;
mod pages;
mod stream;
mod subscriptions;

use std::sync::{Arc, Weak};
use std::time::Instant;

use serde::Deserialize;

pub use self::audience::Audience;
use self::desk::Desk;
use self::offers::Offers;
use self::pages::Pages;
use super::connection::Connection;
use super::handshake::Handshake;
use super::list_kind::ListKind;
use super::log_level::LogLevel;
use super::notices::Notices;
use super::params::Params;
use super::reply::{Reply, ReplySink, RequestId, RequestOptions};
use super::shared_cache::{Ask, SharedCache, Ticket, Waiter};
use crate::model::{Error, Result};

/// Who holds a server: a number of the caller's. [`NOBODY`] are those who hold nothing and only ask.
pub type Holder = u64;

/// Callers that hold nothing.
pub const NOBODY: Holder = 0;

/// A process that has introduced itself.
pub struct Session {
    me: Weak<Self>,
    connection: Arc<Connection>,
    handshake: Handshake,
    notices: Arc<Notices>,
    cache: Arc<SharedCache>,
    /// That of the cache when its process was started.
    pub(super) generation: u64,
    desk: Desk,
}

impl Session {
    /// The session of an opened connection whose listener `notices` is; `generation` is that of the cache when its process was started. In the 2026-07-28 protocol it asks for the server's notifications.
    #[must_use]
    pub fn new(
        connection: Arc<Connection>,
        handshake: Handshake,
        notices: Arc<Notices>,
        cache: Arc<SharedCache>,
        generation: u64,
    ) -> Arc<Self> {
        cache.introduced(handshake.result(), generation);
        let desk = Desk::new(Offers::read(handshake.capabilities()));
        let session = Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            connection,
            handshake,
            notices,
            cache,
            generation,
            desk,
        });
        session.notices.belong_to(Arc::downgrade(&session));
        session.begin_listening();
        session
    }

    /// The streams of the process.
    #[must_use]
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// What the server said of itself.
    #[must_use]
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Sends a holder's request, or serves it without one. The sink is settled once, as [`Connection::request`] has it. `None`: there is
    /// no request of its own that could be cancelled.
    pub fn request<'p>(
        &self,
        holder: Holder,
        method: &str,
        params: impl Into<Params<'p>>,
        mut options: RequestOptions,
        sink: Box<dyn ReplySink>,
    ) -> Option<RequestId> {
        let params = params.into();
        match method {
            "tools/call" => {}
            "resources/subscribe" | "resources/unsubscribe" => {
                if let Some(uri) = uri_of(&params.to_raw()) {
                    self.change_subscription(holder, method == "resources/subscribe", &uri, sink);
                    return None;
                }
            }
            "logging/setLevel" => {
                if let Some(level) = LogLevel::of_params(&params.to_raw()) {
                    self.set_level(holder, level, sink);
                    return None;
                }
            }
            _ => {
                if let Some(kind) = self.shared_list(method, &params.to_raw()) {
                    self.list(kind, sink);
                    return None;
                }
            }
        }
        options.log_level = self.desk.level_of_requests(holder, &self.connection);
        Some(self.connection.request(method, params, options, sink))
    }

    /// As [`Connection::cancel`].
    pub fn cancel(&self, id: RequestId, reason: &str, error: Error) -> bool {
        self.connection.cancel(id, reason, error)
    }

    /// Asks the server whether it is alive: `ping`, or `server/discover` where that is no more. Any answer will do, an error too.
    pub fn ping(&self, sink: Box<dyn ReplySink>) {
        let method = if self.connection.is_modern() { "server/discover" } else { "ping" };
        self.connection.request(method, b"", RequestOptions::default(), sink);
    }

    /// What the server says unasked.
    pub(super) fn hear(&self, method: &str, params: &[u8]) {
        if self.connection.is_modern() {
            let stream = listen::stream_of(params);
            if method == listen::ACKNOWLEDGED {
                return stream.map_or((), |stream| self.stream_acknowledged(stream, params));
            }
            if !self.desk.hears(stream) {
                return;
            }
        }
        self.cache.changed(ListKind::changed_by(method), self.generation);
        self.notices.tell(&self.desk.audience(method, params), method, params);
    }

    fn shared_list(&self, method: &str, params: &[u8]) -> Option<ListKind> {
        ListKind::asked_by(method, params).filter(|_| self.cache.is_enabled())
    }

    fn list(&self, kind: ListKind, sink: Box<dyn ReplySink>) {
        let Some(session) = self.me.upgrade() else { return };
        match self.cache.ask(kind, Waiter { session, sink }, Instant::now()) {
            Ask::Known(reply, waiter) => waiter.sink.settle(Ok(reply)),
            Ask::Read(ticket, waiter) => self.read_list(ticket, waiter),
            Ask::Waits => {}
            Ask::Alone(waiter) => {
                let session = Arc::clone(&waiter.session);
                let done = |outcome: Result<(Reply, _)>| waiter.sink.settle(outcome.map(|(reply, _)| reply));
                Pages::read(&session, kind, Box::new(done));
            }
        }
    }

    fn read_list(&self, ticket: Ticket, waiter: Waiter) {
        let session = Arc::clone(&waiter.session);
        let done = move |outcome: Result<(Reply, _)>| {
            let known = outcome.as_ref().ok().map(|(reply, sharing)| (reply, *sharing));
            let (others, served) = waiter.session.cache.read(ticket, known, Instant::now());
            let reply = outcome.map(|(reply, _)| reply);
            for other in others {
                match &reply {
                    Ok(reply) if served && other.session.generation == waiter.session.generation => {
                        other.sink.settle(Ok(reply.clone()));
                    }
                    _ => other.session.list(ticket.kind, other.sink),
                }
            }
            waiter.sink.settle(reply);
        };
        Pages::read(&session, ticket.kind, Box::new(done));
    }
}

/// What a server is asked to watch.
fn uri_of(params: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Params {
        uri: String,
    }
    serde_json::from_slice::<Params>(params).ok().map(|params| params.uri)
}
