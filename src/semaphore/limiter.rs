//! A semaphore that several threads share: the state machine behind a lock, and members that end with their thread. One member may have a gate, by which it
//! takes free permits without the lock.

use std::cell::Cell;
use std::sync::Arc;

use parking_lot::Mutex;

use super::fifo::{Acquired, FifoSemaphore, OverRelease, Status};
use super::gate::Gate;
use super::wait_list::{Waiter, WaiterKey};

/// Where a member learns that others' permits became its own.
pub trait GrantSink: Send + Sync {
    /// The request `token` has its permit. Called under the limiter's lock, so that two threads that release cannot
    /// deliver in the wrong order: queue it and return.
    fn granted(&self, token: u32);
}

/// The shared part.
pub struct Limiter {
    gate: Gate,
    state: Mutex<State>,
}

struct State {
    fifo: FifoSemaphore,
    /// A member has the gate, or had it: it is lent once.
    gate_is_lent: bool,
    /// By owner number.
    sinks: Vec<Option<Arc<dyn GrantSink>>>,
}

impl Limiter {
    /// A limiter of `limit` permits on which at most `max_queue` may wait (`u32::MAX`: any number).
    #[must_use]
    pub fn new(limit: u32, max_queue: u32) -> Arc<Self> {
        let fifo = FifoSemaphore::new(limit, max_queue);
        let state = State { fifo, gate_is_lent: false, sinks: Vec::new() };
        Arc::new(Self { gate: Gate::default(), state: Mutex::new(state) })
    }

    /// Takes part. Dropping the member gives its permits back.
    #[must_use]
    pub fn join(self: &Arc<Self>, sink: Arc<dyn GrantSink>) -> Member {
        let owner = self.locked(|state| {
            let owner = state.fifo.attach();
            let index = owner as usize;
            if state.sinks.len() <= index {
                state.sinks.resize_with(index + 1, || None);
            }
            state.sinks[index] = Some(sink);
            owner
        });
        Member { limiter: Arc::clone(self), owner, has_gate: Cell::new(false) }
    }

    pub(super) const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// With the gate shut, and the counts right.
    fn locked<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        if let Some(free) = self.gate.shut() {
            state.fifo.set_spare(free);
        }
        let result = act(&mut state);
        if state.gate_is_lent
            && let Some(free) = state.fifo.spare()
        {
            self.gate.open(free);
        }
        result
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
    has_gate: Cell<bool>,
}

impl Member {
    /// The gate, for the first who asks any member of the limiter: from now on this one may take and give back by it, on this thread.
    #[must_use]
    pub fn gate(&self) -> Option<&Gate> {
        let is_first = self.limiter.locked(|state| !std::mem::replace(&mut state.gate_is_lent, true));
        self.has_gate.set(self.has_gate.get() || is_first);
        is_first.then_some(&self.limiter.gate)
    }

    /// Takes a permit or a place in the queue; `token` is unique among this member's pending requests.
    #[must_use]
    pub fn acquire(&self, token: u32) -> Acquired {
        self.limiter.locked(|state| state.fifo.acquire(Waiter { owner: self.owner, token }))
    }

    /// Takes a permit if one is free.
    #[must_use]
    pub fn try_acquire(&self) -> bool {
        let passes = self.has_gate.get() && self.limiter.gate.take();
        passes || self.limiter.locked(|state| state.fifo.try_acquire(self.owner))
    }

    /// Gives a permit back. Returns the token of this member's own request that got it; other members are told by
    /// their sinks.
    ///
    /// # Errors
    /// [`OverRelease`] when this member holds none; nothing changes then.
    pub fn release(&self) -> Result<Option<u32>, OverRelease> {
        if self.has_gate.get() && self.limiter.gate.give_back() {
            return Ok(None);
        }
        self.limiter.locked(|state| {
            self.settle_gate(state);
            match state.fifo.release(self.owner)? {
                Some(waiter) if waiter.owner == self.owner => Ok(Some(waiter.token)),
                Some(waiter) => {
                    state.send(waiter);
                    Ok(None)
                }
                None => Ok(None),
            }
        })
    }

    /// Takes a request out of the queue. `false`: it was granted before, and the grant is on its way.
    #[must_use]
    pub fn cancel(&self, key: WaiterKey, token: u32) -> bool {
        self.limiter.locked(|state| state.fifo.cancel(key, Waiter { owner: self.owner, token }))
    }

    /// Changes the limit. Returns the tokens of this member's own requests that got permits, in order.
    #[must_use]
    pub fn resize(&self, limit: u32) -> Vec<u32> {
        self.limiter.locked(|state| {
            let granted = state.fifo.resize(limit);
            state.deliver(granted, self.owner)
        })
    }

    /// Changes how many may wait (`u32::MAX`: any number).
    pub fn set_max_queue(&self, max_queue: u32) {
        self.limiter.locked(|state| state.fifo.set_max_queue(max_queue));
    }

    /// The numbers of this moment, all members together.
    #[must_use]
    pub fn status(&self) -> Status {
        self.limiter.locked(|state| state.fifo.status())
    }

    /// What came through the gate is counted like all others.
    fn settle_gate(&self, state: &mut State) {
        if self.has_gate.get() {
            state.fifo.settle(self.owner, self.limiter.gate.settle());
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.limiter.locked(|state| {
            self.settle_gate(state);
            state.sinks[self.owner as usize] = None;
            let granted = state.fifo.detach(self.owner);
            state.deliver(granted, self.owner);
        });
    }
}
