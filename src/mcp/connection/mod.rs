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
mod outgoing;
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
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::Notify;

pub use self::config::ConnectionConfig;
use self::diagnosis::Diagnosis;
use self::ending::Ending;
use self::outbox::Outbox;
use self::pending::Pending;
use self::questions::Questions;
pub(crate) use self::rpc_error::UNSUPPORTED_PROTOCOL_VERSION;
pub use self::seen::ConnectionCounts;
use self::seen::Seen;
use super::reply::Listener;
use super::request_meta::RequestMeta;
use crate::model::Error;

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
}
