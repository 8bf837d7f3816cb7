//! How a connection ends, and what its requests are told then. Each settles once: the table of pending ones lets go of it once.

use std::sync::atomic::Ordering;

use super::Connection;
use super::ending::Ending;
use super::outgoing::never_sent;
use crate::mcp::reply::RequestId;
use crate::model::Error;

impl Connection {
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

    /// Closes the outbox; says which requests were never sent. The first reason stays the reason for requests to come.
    fn close(&self, error: &Error) -> Vec<RequestId> {
        self.failure.lock().get_or_insert_with(|| error.clone());
        let unsent = self.outbox.lock().close();
        self.flush_wanted.notify_one();
        unsent
    }

    pub(super) fn failure_or_closed(&self) -> Error {
        let failure = self.failure.lock().clone();
        failure.unwrap_or_else(|| self.ending_error(&Ending::Abandoned))
    }

    pub(super) fn ending_error(&self, ending: &Ending) -> Error {
        ending.error(&self.config.server, &self.diagnosis.lock())
    }
}
