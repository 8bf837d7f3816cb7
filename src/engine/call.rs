//! One call in the engine: from the grant of its slot until it settles, once.
//!
//! Three may end a call — its answer (engine thread), its deadline (engine thread), its caller (any thread) — and the first one wins:
//! [`Call::claim`] is the only door. Who loses does nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use super::call_place::{CallPlace, Standing};
use super::call_request::CallRequest;
use super::call_table::Listed;
use super::input_rounds::InputRounds;
use super::pool_hands::PoolHands;
use super::settled::{ActiveCall, Answer, CallSink, Settled};
use crate::mcp::connection::Connection;
use crate::mcp::reply::RequestId;
use crate::model::Result;
use crate::pool::Held;

/// A call between its slot and its end.
pub(crate) struct Call {
    pub(crate) number: u64,
    /// Which environment asked.
    pub(crate) owner: u64,
    pub(crate) request: CallRequest,
    pub(crate) started: Instant,
    started_epoch_ms: f64,
    pid: AtomicI32,
    attempts: AtomicU32,
    claimed: AtomicBool,
    in_flight: Mutex<Option<(Arc<Connection>, RequestId)>>,
    pub(crate) rounds: InputRounds,
    place: Mutex<CallPlace>,
    sink: Arc<dyn CallSink>,
}

impl Call {
    pub(crate) fn new(number: u64, owner: u64, request: CallRequest, sink: Arc<dyn CallSink>) -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            number,
            owner,
            request,
            started: Instant::now(),
            started_epoch_ms: epoch.as_secs_f64() * 1e3,
            pid: AtomicI32::new(0),
            attempts: AtomicU32::new(0),
            claimed: AtomicBool::new(false),
            in_flight: Mutex::new(None),
            rounds: InputRounds::default(),
            place: Mutex::default(),
            sink,
        }
    }

    /// True for the first one who ends the call.
    #[must_use]
    pub(crate) fn claim(&self) -> bool {
        !self.claimed.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.claimed.load(Ordering::Acquire)
    }

    /// The process `pid` serves it from now on.
    pub(crate) fn served_by(&self, pid: i32) {
        self.pid.store(pid, Ordering::Relaxed);
    }

    /// Counts one more try.
    pub(crate) fn count_try(&self) -> u32 {
        self.attempts.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Tries so far.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Remembers where the request went, so that its end can be told to the server. Returns the place back when the call ended while the
    /// request was being written: then nobody else will cancel it.
    pub(crate) fn sent_to(&self, connection: &Arc<Connection>, id: RequestId) -> Option<RequestId> {
        *self.in_flight.lock() = Some((Arc::clone(connection), id));
        self.is_over().then(|| self.take_in_flight().map(|(_, id)| id)).flatten()
    }

    /// Where the request is, for the one who cancels it.
    pub(crate) fn take_in_flight(&self) -> Option<(Arc<Connection>, RequestId)> {
        self.in_flight.lock().take()
    }

    /// Remembers the instance that it uses, or its place in the queue, until [`Call::let_go`].
    pub(crate) fn stands(&self, place: CallPlace) {
        let before = std::mem::replace(&mut *self.place.lock(), place);
        drop(before);
        if self.is_over() {
            self.let_go();
        }
    }

    /// Looks at the instance that it uses, if it does.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Held<PoolHands>) -> R) -> Option<R> {
        match &*self.place.lock() {
            CallPlace::Uses(held) => Some(look(held)),
            CallPlace::Nowhere | CallPlace::Waits(_) => None,
        }
    }

    /// Where it stands at this moment.
    pub(crate) fn standing(&self) -> Standing {
        self.place.lock().standing()
    }

    /// Gives back the instance or the place in the queue.
    pub(crate) fn let_go(&self) {
        // Dropped outside the lock: somebody else's turn may come with it.
        let place = std::mem::take(&mut *self.place.lock());
        drop(place);
    }

    /// Tells the caller. For the one who claimed the call.
    pub(crate) fn settle(&self, outcome: Result<Answer>, listed: Listed) {
        self.let_go();
        self.sink.settled(Settled {
            number: self.number,
            outcome,
            pid: self.pid(),
            duration_ms: self.started.elapsed().as_secs_f64() * 1e3,
            attempts: self.attempts(),
            listed,
        });
    }

    pub(crate) fn progress(&self, params: &[u8]) {
        if !self.is_over() {
            self.sink.progress(self.number, params);
        }
    }

    /// Asks the caller what the server asked.
    pub(crate) fn ask(&self, round: u32, questions: &str) {
        if !self.is_over() {
            self.sink.input_required(self.number, round, questions);
        }
    }

    pub(crate) fn describe(&self) -> ActiveCall {
        ActiveCall {
            number: self.number,
            pid: self.pid(),
            server: self.request.server.as_ref().to_owned(),
            tool: self.request.question.label().to_owned(),
            start_time: self.started_epoch_ms,
            duration: self.started.elapsed().as_secs_f64() * 1e3,
            transport: "stdio",
        }
    }

    fn pid(&self) -> Option<i32> {
        Some(self.pid.load(Ordering::Relaxed)).filter(|&pid| pid != 0)
    }
}
