//! One server's streams. Requests go out from any thread; answers come in on the thread that runs [`Connection::drive`].
//!
//! A request is registered before it is written, and leaves the table once: whoever takes it out (answer, cancellation, end of the
//! server) settles it. Two locks, taken in this order: `outbox`, then `pending`. Registering and writing happen under the first, so at
//! the end "no byte of it was sent" is a fact: what is still in the queue. The reader needs only the second and never waits for a write.
//!
//! Starting and ending the process, timeouts and limits belong to the caller.

mod compose;
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
mod server_requests;
mod stdout;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::Notify;

use self::diagnosis::Diagnosis;
use self::ending::Ending;
use self::outbox::{Flushed, Outbox, Sent};
use self::pending::{Entry, Pending};
use self::questions::Questions;
pub(crate) use self::rpc_error::UNSUPPORTED_PROTOCOL_VERSION;
use super::params::Params;
use super::reply::{Listener, ReplySink, RequestId, RequestOptions};
use super::request_meta::{Additions, RequestMeta};
use crate::model::{Error, ErrorCode, Result};

/// Bounds of one connection. All in bytes.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// The server's name, for messages.
    pub server: String,
    /// The longest line that is accepted from the server.
    pub max_message_bytes: usize,
    /// How much may wait for a server that does not read its stdin.
    pub max_queued_bytes: usize,
    /// How much of stderr is kept.
    pub stderr_tail_bytes: usize,
}

impl ConnectionConfig {
    /// 64 MiB a line, 64 MiB waiting, 8 KiB of stderr.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            max_message_bytes: 64 << 20,
            max_queued_bytes: 64 << 20,
            stderr_tail_bytes: 8 << 10,
        }
    }
}

/// What a connection saw that nobody was called for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// Requests in flight, without those that stay open for as long as the server lives.
    pub pending: usize,
    /// Bytes that wait for the server to read its stdin.
    pub queued_bytes: usize,
    /// Answers to requests that were settled before: late or repeated ones.
    pub late_answers: u64,
    /// Answers to requests that were never made.
    pub unknown_answers: u64,
    /// Lines on stdout that were no MCP message.
    pub junk_lines: u64,
}

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
    late_answers: AtomicU64,
    unknown_answers: AtomicU64,
    reads: AtomicU64,
    answers: AtomicU64,
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
            late_answers: AtomicU64::new(0),
            unknown_answers: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            answers: AtomicU64::new(0),
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

    /// Closes the server's stdin, by which the protocol asks it to leave. Requests that it cannot have seen, and later ones, settle with
    /// `error`; answers to the others are still read.
    pub fn close_stdin(&self, error: &Error) {
        for id in self.close(error) {
            if let Some(entry) = self.pending.take(id) {
                entry.sink.settle(Err(never_sent(error.clone())));
            }
        }
    }

    /// Ends the connection: every pending request settles with `error`, later ones too.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the last word on a connection; callers build it for this"
    )]
    pub fn fail_all(&self, error: Error) {
        let unsent = self.close(&error);
        self.ended.store(true, Ordering::Release);
        self.end_wanted.notify_one();
        for (id, entry) in self.pending.take_all() {
            let error = error.clone();
            let sent = unsent.binary_search(&id).is_err();
            entry.sink.settle(Err(if sent { error.detail("sent", true) } else { never_sent(error) }));
        }
        for question in self.questions.take_all() {
            self.listener.question_withdrawn(question);
        }
    }

    /// Says how the process ended. What it had written is read first; then everything pending fails with this.
    pub fn exited(&self, code: Option<i32>, signal: Option<&str>) {
        *self.exit.lock() = Some(Ending::Exited { code, signal: signal.map(str::to_owned) });
        self.end_wanted.notify_one();
    }

    /// Says that the kernel killed the process because its tree reached the ceiling behind its memory limit, both in bytes.
    pub fn killed_for_memory(&self, limit: u64, ceiling: u64) {
        *self.exit.lock() = Some(Ending::KilledForMemory { limit, ceiling });
        self.end_wanted.notify_one();
    }

    /// Why requests have no chance any more, once they have none.
    #[must_use]
    pub fn failure(&self) -> Option<Error> {
        self.failure.lock().clone()
    }

    /// Whether requests have no chance any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.outbox.lock().is_closed()
    }

    /// What was seen so far.
    #[must_use]
    pub fn counts(&self) -> ConnectionCounts {
        ConnectionCounts {
            pending: self.pending.len(),
            queued_bytes: self.outbox.lock().queued_bytes(),
            late_answers: self.late_answers.load(Ordering::Relaxed),
            unknown_answers: self.unknown_answers.load(Ordering::Relaxed),
            junk_lines: self.diagnosis.lock().junk_count(),
        }
    }

    /// How often the server's stdout had something to read. One that grows is a sign of life, without a clock on the path of a call.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Requests that the server answered, with an error too.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// The last whole lines of stderr, lossy where it is not UTF-8.
    #[must_use]
    pub fn stderr_tail(&self) -> String {
        self.diagnosis.lock().stderr_tail()
    }

    /// The last lines on stdout that were no MCP message.
    #[must_use]
    pub fn junk_tail(&self) -> Vec<String> {
        self.diagnosis.lock().junk().map(str::to_owned).collect()
    }

    /// What the server said beside the protocol, as the end of a sentence; empty if it said nothing.
    #[must_use]
    pub fn quote(&self) -> String {
        self.diagnosis.lock().quote()
    }

    /// The server's name, for messages.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.config.server
    }

    fn send(&self, request: Option<RequestId>, frame: Vec<u8>) -> bool {
        let sent = self.outbox.lock().send(request, frame.into(), false);
        if sent == Sent::Queued {
            self.flush_wanted.notify_one();
        }
        matches!(sent, Sent::Whole | Sent::Queued)
    }

    /// Closes the outbox; says which requests were never sent. The first reason stays the reason for requests to come.
    fn close(&self, error: &Error) -> Vec<RequestId> {
        self.failure.lock().get_or_insert_with(|| error.clone());
        let unsent = self.outbox.lock().close();
        self.flush_wanted.notify_one();
        unsent
    }

    fn count_stray(&self, id: RequestId) {
        let ours = id > 0 && id < self.next_id.load(Ordering::Relaxed);
        let counter = if ours { &self.late_answers } else { &self.unknown_answers };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn failure_or_closed(&self) -> Error {
        let failure = self.failure.lock().clone();
        failure.unwrap_or_else(|| self.ending_error(&Ending::Abandoned))
    }

    fn ending_error(&self, ending: &Ending) -> Error {
        ending.error(&self.config.server, &self.diagnosis.lock())
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
