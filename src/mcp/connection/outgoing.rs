//! What goes out: requests, cancellations, notifications. From any thread; `mod` has the order of the locks.

use std::sync::atomic::Ordering;

use super::outbox::{Flushed, Sent};
use super::pending::Entry;
use super::{Connection, compose};
use crate::mcp::params::Params;
use crate::mcp::reply::{ReplySink, RequestId, RequestOptions};
use crate::mcp::request_meta::Additions;
use crate::model::{Error, ErrorCode, Result};

impl Connection {
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

    pub(super) fn send(&self, request: Option<RequestId>, frame: Vec<u8>) -> bool {
        let sent = self.outbox.lock().send(request, frame.into(), false);
        if sent == Sent::Queued {
            self.flush_wanted.notify_one();
        }
        matches!(sent, Sent::Whole | Sent::Queued)
    }

    fn refusal(&self, queued: usize) -> Error {
        let server = &self.config.server;
        let what = format!(
            "server '{server}' does not read its stdin: {queued} bytes of requests wait, the limit is {}; wait, or restart it",
            self.config.max_queued_bytes
        );
        never_sent(Error::new(ErrorCode::PoolExhausted, what).detail("server", server.as_str()))
    }
}

/// The same for a request of which the server saw nothing: it may be repeated.
pub(super) fn never_sent(error: Error) -> Error {
    error.detail("sent", false).retryable()
}
