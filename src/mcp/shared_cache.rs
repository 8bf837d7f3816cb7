//! What all instances of a server say alike, read once and shared by their holders: the lists, and who the server is. Raw JSON.
//!
//! | state of a list | somebody asks | read to its end | the read failed | `list_changed` |
//! |---|---|---|---|---|
//! | absent | → reading, is told to read | – | – | – |
//! | reading | waits | → stored; all are answered | → absent; who waited reads on its own | the read is answered, not stored |
//! | stored | is answered | – | – | → absent |
//! | stored, over its time | → reading | – | – | → absent |
//!
//! Each [`SharedCache::forget`] begins another generation. Who started in an earlier one reads on its own, and for nobody else.
//!
//! The time is the server's `ttlMs` (2026-07-28), else for ever. What a server calls private is for the one who read it: then the others
//! read on their own too, and nothing is stored.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::list_kind::ListKind;
use super::reply::{Reply, ReplySink};
use super::session::Session;

/// A read that takes longer holds up nobody else any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// A caller that waits for somebody else's read, and the session on which it would read itself.
pub(super) struct Waiter {
    pub(super) session: Arc<Session>,
    pub(super) sink: Box<dyn ReplySink>,
}

/// What to do for one who asks.
pub(super) enum Ask {
    /// It is known.
    Known(Reply, Waiter),
    /// Read it and tell [`SharedCache::read`], with this ticket.
    Read(Ticket, Waiter),
    /// Somebody reads it.
    Waits,
    /// Read it for yourself.
    Alone(Waiter),
}

/// A read in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) kind: ListKind,
    number: u64,
}

/// How a list may be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sharing {
    pub(super) private: bool,
    /// `None`: until the server says that it changed.
    pub(super) fresh_for: Option<Duration>,
}

struct Stored {
    reply: Reply,
    until: Option<Instant>,
}

#[derive(Default)]
struct Slot {
    stored: Option<Stored>,
    reading: Option<(Ticket, Instant)>,
    waiters: Vec<Waiter>,
}

/// The memory of one pool.
pub struct SharedCache {
    enabled: bool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    lists: HashMap<ListKind, Slot>,
    last_ticket: u64,
    generation: u64,
    server: Option<Arc<[u8]>>,
}

impl Default for SharedCache {
    fn default() -> Self {
        Self { enabled: true, inner: Mutex::default() }
    }
}

impl SharedCache {
    /// Remembers nothing and joins nobody.
    #[must_use]
    pub fn disabled() -> Self {
        Self { enabled: false, inner: Mutex::default() }
    }

    /// Whether lists are shared.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// What the server last said of itself: the raw result of `initialize` or `server/discover`.
    #[must_use]
    pub fn server(&self) -> Option<Arc<[u8]>> {
        self.inner.lock().server.clone()
    }

    /// An instance began. One that introduces itself differently is another version: what was known of the old one is dropped.
    pub(super) fn introduced(&self, server: &[u8], generation: u64) {
        let mut inner = self.inner.lock();
        if generation == inner.generation && inner.server.as_deref() != Some(server) {
            inner.server = Some(server.into());
            inner.lists.values_mut().for_each(Slot::forget);
        }
    }

    /// Another server runs from now on, whatever it says of itself.
    pub fn forget(&self) {
        let mut inner = self.inner.lock();
        inner.generation += 1;
        inner.lists.values_mut().for_each(Slot::forget);
    }

    /// What an instance belongs to that starts now.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.inner.lock().generation
    }

    /// A notification said that lists are stale.
    pub(super) fn changed(&self, kinds: &[ListKind], generation: u64) {
        let mut inner = self.inner.lock();
        if generation != inner.generation {
            return;
        }
        for kind in kinds {
            inner.lists.entry(*kind).or_default().forget();
        }
    }

    pub(super) fn ask(&self, kind: ListKind, waiter: Waiter, now: Instant) -> Ask {
        let mut inner = self.inner.lock();
        if waiter.session.generation != inner.generation {
            return Ask::Alone(waiter);
        }
        let ticket = Ticket { kind, number: inner.last_ticket + 1 };
        let slot = inner.lists.entry(kind).or_default();
        if let Some(stored) = &slot.stored
            && stored.until.is_none_or(|until| now < until)
        {
            return Ask::Known(stored.reply.clone(), waiter);
        }
        if slot.reading.is_some_and(|(_, since)| now < since + PATIENCE) {
            slot.waiters.push(waiter);
            return Ask::Waits;
        }
        slot.stored = None;
        slot.reading = Some((ticket, now));
        inner.last_ticket = ticket.number;
        Ask::Read(ticket, waiter)
    }

    /// A read ended. The waiters come back: with a reply that is theirs too, or to read on their own.
    pub(super) fn read(
        &self,
        ticket: Ticket,
        outcome: Option<(&Reply, Sharing)>,
        now: Instant,
    ) -> (Vec<Waiter>, bool) {
        let mut inner = self.inner.lock();
        let slot = inner.lists.entry(ticket.kind).or_default();
        let current = slot.reading.is_some_and(|(reading, _)| reading == ticket);
        let shared = outcome.filter(|(_, sharing)| !sharing.private);
        if current {
            slot.reading = None;
            slot.stored = shared.filter(|(_, sharing)| sharing.fresh_for != Some(Duration::ZERO)).map(
                |(reply, sharing)| Stored {
                    reply: reply.clone(),
                    until: sharing.fresh_for.and_then(|time| now.checked_add(time)),
                },
            );
        }
        // What was read before the list changed is only for the one who asked then: the others are answered by the read that follows,
        // or, where nobody has begun one, begin it.
        let waiters =
            if current || slot.reading.is_none() { std::mem::take(&mut slot.waiters) } else { Vec::new() };
        (waiters, current && shared.is_some())
    }
}

impl Slot {
    fn forget(&mut self) {
        self.stored = None;
        self.reading = None;
    }
}
