//! One server's streams. Requests go out from any thread; answers come in on the thread that runs [`Connection::drive`].
//!
//! A request is registered before it is written, and leaves the table once: whoever takes it out (answer, cancellation, end of the
//! server) settles it. Two locks, taken in this order: `outbox`, then `pending`. Registering and writing happen under the first, so at
//! the end "no byte of it was sent" is a fact: what is still in the queue. The reader needs only the second and never waits for a write.
//!
//! Starting and ending the process, timeouts and limits belong to the caller.

mod closing;
mod compose;
mod config;
mod diagnosis;
mod driver;
mod ending;
mod inbound;
mod message;
mod outbox;
mod patience;
mod pending;
mod pipe;
mod questions;
mod rpc_error;
mod seen;
mod server_requests;
mod stdout;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::Notify;

pub use self::config::ConnectionConfig;
use self::diagnosis::Diagnosis;
use self::ending::Ending;
use self::outbox::{Flushed, Outbox, Sent};
use self::pending::{Entry, Pending};
use self::questions::Questions;
pub(crate) use self::rpc_error::UNSUPPORTED_PROTOCOL_VERSION;
pub use self::seen::ConnectionCounts;
use self::seen::Seen;
use super::params::Params;
use super::reply::{Listener, ReplySink, RequestId, RequestOptions};
use super::request_meta::{Additions, RequestMeta};
use crate::model::{Error, ErrorCode, Result};

/// One server's streams, shared by all who call it.
pub struct Connection {
    config: ConnectionConfig,
    listener: Arc<dyn Listener>,
    next_id: AtomicU64,
    outbox: Mutex<Outbox>,
    pending: Pending,
    questions: Questions,
    /// Set once the server is known to speak the 2026-07-28 protocol.
    modern: OnceLock<RequestMeta>,
    diagnosis: Mutex<Diagnosis>,
    /// Set before the outbox closes, so whoever finds it closed finds the reason.
    failure: Mutex<Option<Error>>,
    exit: Mutex<Option<Ending>>,
    ended: AtomicBool,
    flush_wanted: Notify,
    end_wanted: Notify,
    seen: Seen,
}

impl Connection {
    /// A connection that writes to `stdin`. Nothing is read before [`drive`](Self::drive) runs.
    ///
    /// # Errors
    /// When the descriptor cannot be made non-blocking.
    pub fn new(
        config: ConnectionConfig,
        stdin: OwnedFd,
        listener: Arc<dyn Listener>,
    ) -> io::Result<Arc<Self>> {
        pipe::set_nonblocking(&stdin)?;
        Ok(Arc::new(Self {
            listener,
            next_id: AtomicU64::new(1),
            outbox: Mutex::new(Outbox::new(Arc::new(stdin), config.max_queued_bytes)),
            pending: Pending::default(),
            questions: Questions::default(),
            modern: OnceLock::new(),
            diagnosis: Mutex::new(Diagnosis::new(config.stderr_tail_bytes)),
            failure: Mutex::new(None),
            exit: Mutex::new(None),
            ended: AtomicBool::new(false),
            flush_wanted: Notify::new(),
            end_wanted: Notify::new(),
            seen: Seen::default(),
            config,
        }))
    }

    /// Sends a request and returns at once. `params` are not validated. The sink is settled exactly
    /// once, on this thread if nothing could be sent.
    ///
    /// Errors that reach the sink: `ERR_RPC`, `ERR_CALL_TOO_LARGE`, `ERR_SERVER_EXITED`, `ERR_SERVER_PROTOCOL`, `ERR_POOL_EXHAUSTED`
    /// (the server does not read and the queue is full), `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`, and what [`cancel`](Self::cancel) gives.
    /// Those of a connection that ended carry `details.sent`: `false` says that the server cannot have seen the request.
    pub fn request<'p>(
        &self,
        method: &str,
        params: impl Into<Params<'p>>,
        options: RequestOptions,
        sink: Box<dyn ReplySink>,
    ) -> RequestId {
        let id = options.reserved.unwrap_or_else(|| self.reserve());
        let additions = Additions {
            meta: self.modern.get(),
            takes_input: options.takes_input,
            log_level: options.log_level,
            progress: options.progress.is_some().then_some(id),
        };
        let frame = match compose::request(id, method, params.into(), &additions) {
            Ok(frame) => frame,
            Err(error) => {
                sink.settle(Err(error));
                return id;
            }
        };
        let cancellable = !matches!(method, "initialize" | "server/discover");
        let entry = Entry { sink, progress: options.progress, cancellable, background: options.background };
        let (entry, error) = {
            let mut outbox = self.outbox.lock();
            if outbox.is_closed() {
                (Some(entry), never_sent(self.failure_or_closed()))
            } else {
                self.pending.insert(id, entry);
                match outbox.send(Some(id), frame, options.hold) {
                    Sent::Whole => return id,
                    Sent::Queued => {
                        if !options.hold {
                            self.flush_wanted.notify_one();
                        }
                        return id;
                    }
                    Sent::Refused | Sent::Closed => {
                        (self.pending.take(id), self.refusal(outbox.queued_bytes()))
                    }
                }
            }
        };
        if let Some(entry) = entry {
            entry.sink.settle(Err(error));
        }
        id
    }

    /// The number of a request to come; use it once.
    pub fn reserve(&self) -> RequestId {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends what was held.
    pub fn flush(&self) {
        let flushed = self.outbox.lock().flush();
        if flushed != Flushed::Empty {
            self.flush_wanted.notify_one();
        }
    }

    /// Settles a request with `error` and tells the server to forget it (`notifications/cancelled`; never for the first request of a
    /// connection, and not if the server cannot have seen it). `false` if it was settled before.
    pub fn cancel(&self, id: RequestId, reason: &str, error: Error) -> bool {
        let Some(entry) = self.pending.take(id) else { return false };
        let withdrawn = self.outbox.lock().withdraw(id);
        if entry.cancellable && !withdrawn {
            self.send(None, compose::cancelled(id, reason));
        }
        entry.sink.settle(Err(error.detail("sent", !withdrawn)));
        true
    }

    /// Sends a notification; `params` is raw JSON or empty. `Ok(false)` if it could not be sent.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a method that is no name.
    pub fn notify(&self, method: &str, params: &[u8]) -> Result<bool> {
        Ok(self.send(None, compose::notification(method, params)?))
    }

    /// From now on every request carries what the 2026-07-28 protocol wants in it, and every result is read by its rules.
    pub(crate) fn speak_modern(&self, meta: RequestMeta) {
        // Said once, by the handshake.
        let _ = self.modern.set(meta);
    }

    /// Whether the server speaks the 2026-07-28 protocol.
    #[must_use]
    pub fn is_modern(&self) -> bool {
        self.modern.get().is_some()
    }

    fn send(&self, request: Option<RequestId>, frame: Vec<u8>) -> bool {
        let sent = self.outbox.lock().send(request, frame.into(), false);
        if sent == Sent::Queued {
            self.flush_wanted.notify_one();
        }
        matches!(sent, Sent::Whole | Sent::Queued)
    }

    fn refusal(&self, queued: usize) -> Error {
        let server = &self.config.server;
        let what = format!(
            "server `{server}` does not read its stdin: {queued} bytes of requests wait, the limit is {}; wait, or restart it",
            self.config.max_queued_bytes
        );
        never_sent(Error::new(ErrorCode::PoolExhausted, what).detail("server", server.as_str()))
    }
}

fn never_sent(error: Error) -> Error {
    error.detail("sent", false).retryable()
}
