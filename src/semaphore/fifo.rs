//! The semaphore itself: a pure state machine.
//!
//! | event | permit free | all taken |
//! |---|---|---|
//! | `try_acquire` | taken | refused |
//! | `acquire` | taken | queued at the tail; refused when `max_queue` wait |
//! | `release` | one more free | goes to the head of the queue, unless the limit shrank below what is in use |
//! | `resize` up | more free | the head of the queue gets them, in order |
//! | `resize` down | fewer free | nobody is stopped; permits that come back vanish until use fits the limit |
//! | `cancel` | – | leaves the queue if it still waits; `false` says that it was granted before |
//! | `detach` | – | the owner's waiters leave, its permits come back |
//!
//! Invariant: while somebody waits, no permit is free. That is what keeps newcomers from overtaking.

use super::wait_list::{WaitList, Waiter, WaiterKey};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquired {
    /// The permit is the caller's.
    Granted,
    /// In the queue; a later event names the waiter.
    Queued(WaiterKey),
    /// As many wait as may.
    QueueFull,
}

/// A permit was given back that its owner does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverRelease;

/// A moment's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Permits that may be out at once.
    pub limit: u32,
    /// Permits that are out; above the limit for a while after it shrank.
    pub in_use: u32,
    /// Requests that wait.
    pub queued: u32,
}

/// Counts and order. Grants are returned, never delivered: that is the caller's part.
#[derive(Debug)]
pub struct FifoSemaphore {
    limit: u32,
    in_use: u32,
    max_queue: u32,
    waiters: WaitList,
    /// Permits out, by owner; `None` is a number to be given again.
    owners: Vec<Option<u32>>,
}

impl FifoSemaphore {
    /// A semaphore of `limit` permits on which at most `max_queue` may wait (`u32::MAX`: any number).
    #[must_use]
    pub const fn new(limit: u32, max_queue: u32) -> Self {
        Self { limit, in_use: 0, max_queue, waiters: WaitList::new(), owners: Vec::new() }
    }

    /// Enters an owner, whose permits come back when it leaves.
    pub fn attach(&mut self) -> u32 {
        let free = self.owners.iter().position(Option::is_none).unwrap_or_else(|| {
            self.owners.push(None);
            self.owners.len() - 1
        });
        self.owners[free] = Some(0);
        u32::try_from(free).expect("an owner is a thread: far fewer than 2^32")
    }

    /// Takes an owner out with its waiters and permits; returns who gets these.
    #[must_use]
    pub fn detach(&mut self, owner: u32) -> Vec<Waiter> {
        self.waiters.remove_owner(owner);
        let held = self.owners[owner as usize].take().unwrap_or(0);
        self.in_use -= held;
        self.grant_free()
    }

    /// Takes a permit if one is free.
    #[must_use]
    pub fn try_acquire(&mut self, owner: u32) -> bool {
        let free = self.in_use < self.limit;
        if free {
            self.take(owner);
        }
        free
    }

    /// Takes a permit or a place in the queue.
    #[must_use]
    pub fn acquire(&mut self, waiter: Waiter) -> Acquired {
        if self.try_acquire(waiter.owner) {
            return Acquired::Granted;
        }
        if self.waiters.len() >= self.max_queue {
            return Acquired::QueueFull;
        }
        self.waiters.push_back(waiter).map_or(Acquired::QueueFull, Acquired::Queued)
    }

    /// Gives a permit back; returns who gets it.
    ///
    /// # Errors
    /// [`OverRelease`] when `owner` holds none; nothing changes then.
    pub fn release(&mut self, owner: u32) -> Result<Option<Waiter>, OverRelease> {
        let held = self.owners[owner as usize].as_mut().filter(|held| **held > 0).ok_or(OverRelease)?;
        *held -= 1;
        self.in_use -= 1;
        Ok(self.grant_one())
    }

    /// Takes a waiter out of the queue. `false`: it was granted before, and the permit is its owner's.
    #[must_use]
    pub fn cancel(&mut self, key: WaiterKey, waiter: Waiter) -> bool {
        self.waiters.remove(key, waiter)
    }

    /// Changes the limit; returns who gets what came free.
    #[must_use]
    pub fn resize(&mut self, limit: u32) -> Vec<Waiter> {
        self.limit = limit;
        self.grant_free()
    }

    /// Changes how many may wait; who waits already stays.
    pub const fn set_max_queue(&mut self, max_queue: u32) {
        self.max_queue = max_queue;
    }

    /// Permits that are free for whoever asks; `None` while somebody waits, or more are out than may be.
    #[must_use]
    pub fn spare(&self) -> Option<u32> {
        let free = self.limit.checked_sub(self.in_use);
        free.filter(|_| self.waiters.len() == 0)
    }

    /// So many are free by now: since [`FifoSemaphore::spare`] was asked some were taken, or given back, without it.
    pub const fn set_spare(&mut self, free: u32) {
        self.in_use = self.limit - free;
    }

    /// So many of those that were taken without it are this owner's.
    pub fn settle(&mut self, owner: u32, taken: u32) {
        if let Some(held) = self.owners[owner as usize].as_mut() {
            *held += taken;
        }
    }

    /// The numbers of this moment.
    #[must_use]
    pub const fn status(&self) -> Status {
        Status { limit: self.limit, in_use: self.in_use, queued: self.waiters.len() }
    }

    fn grant_free(&mut self) -> Vec<Waiter> {
        std::iter::from_fn(|| self.grant_one()).collect()
    }

    fn grant_one(&mut self) -> Option<Waiter> {
        if self.in_use >= self.limit {
            return None;
        }
        let waiter = self.waiters.pop_front()?;
        self.take(waiter.owner);
        Some(waiter)
    }

    fn take(&mut self, owner: u32) {
        self.in_use += 1;
        if let Some(held) = self.owners[owner as usize].as_mut() {
            *held += 1;
        }
    }
}
