//! A semaphore that several threads share: the state machine behind a lock, and members that end with their thread.

use std::sync::Arc;

use parking_lot::Mutex;

use super::fifo::{Acquired, FifoSemaphore, OverRelease, Status};
use super::wait_list::{Waiter, WaiterKey};

/// Where a member learns that others' permits became its own.
pub trait GrantSink: Send + Sync {
    /// The request `token` has its permit. Called under the limiter's lock, so that two threads that release cannot
    /// deliver in the wrong order: queue it and return.
    fn granted(&self, token: u32);
}

/// The shared part.
pub struct Limiter {
    state: Mutex<State>,
}

struct State {
    fifo: FifoSemaphore,
    /// By owner number.
    sinks: Vec<Option<Arc<dyn GrantSink>>>,
}

impl Limiter {
    /// A limiter of `limit` permits on which at most `max_queue` may wait (`u32::MAX`: any number).
    #[must_use]
    pub fn new(limit: u32, max_queue: u32) -> Arc<Self> {
        let fifo = FifoSemaphore::new(limit, max_queue);
        Arc::new(Self { state: Mutex::new(State { fifo, sinks: Vec::new() }) })
    }

    /// Takes part. Dropping the member gives its permits back.
    #[must_use]
    pub fn join(self: &Arc<Self>, sink: Arc<dyn GrantSink>) -> Member {
        let mut state = self.state.lock();
        let owner = state.fifo.attach();
        let index = owner as usize;
        if state.sinks.len() <= index {
            state.sinks.resize_with(index + 1, || None);
        }
        state.sinks[index] = Some(sink);
        Member { limiter: Arc::clone(self), owner }
    }
}

impl State {
    /// Tells the others; returns what `owner` itself got.
    fn deliver(&self, granted: impl IntoIterator<Item = Waiter>, owner: u32) -> Vec<u32> {
        let mut own = Vec::new();
        for waiter in granted {
            if waiter.owner == owner {
                own.push(waiter.token);
            } else {
                self.send(waiter);
            }
        }
        own
    }

    fn send(&self, waiter: Waiter) {
        if let Some(sink) = &self.sinks[waiter.owner as usize] {
            sink.granted(waiter.token);
        }
    }
}

/// One environment's part in a limiter. Its permits and waiters end with it, whatever ended it.
pub struct Member {
    limiter: Arc<Limiter>,
    owner: u32,
}

impl Member {
    /// Takes a permit or a place in the queue; `token` is unique among this member's pending requests.
    #[must_use]
    pub fn acquire(&self, token: u32) -> Acquired {
        self.limiter.state.lock().fifo.acquire(Waiter { owner: self.owner, token })
    }

    /// Takes a permit if one is free.
    #[must_use]
    pub fn try_acquire(&self) -> bool {
        self.limiter.state.lock().fifo.try_acquire(self.owner)
    }

    /// Gives a permit back. Returns the token of this member's own request that got it; other members are told by
    /// their sinks.
    ///
    /// # Errors
    /// [`OverRelease`] when this member holds none; nothing changes then.
    pub fn release(&self) -> Result<Option<u32>, OverRelease> {
        let mut state = self.limiter.state.lock();
        match state.fifo.release(self.owner)? {
            Some(waiter) if waiter.owner == self.owner => Ok(Some(waiter.token)),
            Some(waiter) => {
                state.send(waiter);
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// Takes a request out of the queue. `false`: it was granted before, and the grant is on its way.
    #[must_use]
    pub fn cancel(&self, key: WaiterKey, token: u32) -> bool {
        self.limiter.state.lock().fifo.cancel(key, Waiter { owner: self.owner, token })
    }

    /// Changes the limit. Returns the tokens of this member's own requests that got permits, in order.
    #[must_use]
    pub fn resize(&self, limit: u32) -> Vec<u32> {
        let mut state = self.limiter.state.lock();
        let granted = state.fifo.resize(limit);
        state.deliver(granted, self.owner)
    }

    /// Changes how many may wait (`u32::MAX`: any number).
    pub fn set_max_queue(&self, max_queue: u32) {
        self.limiter.state.lock().fifo.set_max_queue(max_queue);
    }

    /// The numbers of this moment, all members together.
    #[must_use]
    pub fn status(&self) -> Status {
        self.limiter.state.lock().fifo.status()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.limiter.state.lock();
        state.sinks[self.owner as usize] = None;
        let granted = state.fifo.detach(self.owner);
        state.deliver(granted, self.owner);
    }
}
