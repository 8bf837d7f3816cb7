//! Who waits for an instance, in the order of arrival.
//!
//! Waiters that need the same thing form a class. Within a class the first is always served first; between classes the pool looks at the
//! first of each, oldest first, so that nobody is overtaken by one who could have done with less.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use super::ask::{Ask, Purpose};

/// A place in the queue; grows with each.
pub(crate) type Ticket = u64;

/// What a waiter needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// A lease on any instance.
    AnyLease,
    /// A call on any instance.
    AnyCall,
    /// An instance of one's own, for these handlers.
    Dedicated(u8),
    /// A lease on this instance, for a session that is there.
    LeaseOn(u64),
    /// A call on this instance, of a session or lease that is there.
    CallOn(u64),
    /// A call on the successor of this instance, of a lease that is to move. Not among those who must stay: they are served before it.
    CallAfter(u64),
}

/// Whose place decides what a waiter needs: where the party is, all its waiters must go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    /// Its leases and calls.
    Session(Box<str>),
    /// Its calls.
    Lease(u64),
}

impl Party {
    pub(crate) fn of(ask: &Ask) -> Option<Self> {
        match ask.purpose {
            Purpose::LeaseCall(lease) => Some(Self::Lease(lease)),
            _ => ask.session.clone().map(Self::Session),
        }
    }
}

/// One who waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiter {
    pub(crate) ask: Ask,
    pub(crate) class: Class,
    /// When it came.
    pub(crate) since: Instant,
    /// When to give up; `None`: never.
    pub(crate) deadline: Option<Instant>,
}

/// The waiters of one pool.
#[derive(Debug, Clone, Default)]
pub(crate) struct WaitQueue {
    waiters: HashMap<Ticket, Waiter>,
    classes: BTreeMap<Class, BTreeSet<Ticket>>,
    deadlines: BTreeSet<(Instant, Ticket)>,
    parties: HashMap<Party, BTreeSet<Ticket>>,
    last: Ticket,
}

impl WaitQueue {
    pub(crate) fn push(&mut self, waiter: Waiter) -> Ticket {
        self.last += 1;
        let ticket = self.last;
        self.classes.entry(waiter.class).or_default().insert(ticket);
        self.deadlines.extend(waiter.deadline.map(|at| (at, ticket)));
        if let Some(party) = Party::of(&waiter.ask) {
            self.parties.entry(party).or_default().insert(ticket);
        }
        self.waiters.insert(ticket, waiter);
        ticket
    }

    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Waiter> {
        let waiter = self.waiters.remove(&ticket)?;
        if let Some(at) = waiter.deadline {
            self.deadlines.remove(&(at, ticket));
        }
        self.leave_class(waiter.class, ticket);
        if let Some(party) = Party::of(&waiter.ask)
            && let Some(tickets) = self.parties.get_mut(&party)
        {
            tickets.remove(&ticket);
            if tickets.is_empty() {
                self.parties.remove(&party);
            }
        }
        Some(waiter)
    }

    /// Moves a waiter to another class; it keeps its age.
    pub(crate) fn reclass(&mut self, ticket: Ticket, class: Class) {
        let Some(waiter) = self.waiters.get_mut(&ticket) else { return };
        let before = std::mem::replace(&mut waiter.class, class);
        self.leave_class(before, ticket);
        self.classes.entry(class).or_default().insert(ticket);
    }

    /// The first of each class, oldest first.
    pub(crate) fn heads(&self) -> Vec<(Ticket, Class)> {
        let first = |(class, tickets): (&Class, &BTreeSet<Ticket>)| Some((*tickets.first()?, *class));
        let mut heads: Vec<_> = self.classes.iter().filter_map(first).collect();
        heads.sort_unstable();
        heads
    }

    pub(crate) fn get(&self, ticket: Ticket) -> Option<&Waiter> {
        self.waiters.get(&ticket)
    }

    /// Kinds of handlers that somebody waits with, oldest first.
    pub(crate) fn dedicated(&self) -> Vec<u8> {
        let handlers = |(_, class)| match class {
            Class::Dedicated(handlers) => Some(handlers),
            _ => None,
        };
        self.heads().into_iter().filter_map(handlers).collect()
    }

    pub(crate) fn in_class(&self, class: Class) -> Vec<Ticket> {
        self.classes.get(&class).into_iter().flatten().copied().collect()
    }

    /// The waiters of a party, oldest first.
    pub(crate) fn of(&self, party: &Party) -> Vec<Ticket> {
        self.parties.get(party).into_iter().flatten().copied().collect()
    }

    pub(crate) fn has_session(&self, id: &str) -> bool {
        !self.parties.is_empty() && self.parties.contains_key(&Party::Session(id.into()))
    }

    /// When the oldest of a class came.
    pub(crate) fn oldest(&self, class: Class) -> Option<Instant> {
        let ticket = self.classes.get(&class)?.first()?;
        self.get(*ticket).map(|waiter| waiter.since)
    }

    pub(crate) fn count(&self, class: Class) -> usize {
        self.classes.get(&class).map_or(0, BTreeSet::len)
    }

    pub(crate) fn all(&self) -> Vec<Ticket> {
        let mut all: Vec<_> = self.waiters.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// Those whose time is up.
    pub(crate) fn due(&self, now: Instant) -> Vec<Ticket> {
        self.deadlines.iter().take_while(|(at, _)| *at <= now).map(|&(_, ticket)| ticket).collect()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    pub(crate) fn len(&self) -> usize {
        self.waiters.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    fn leave_class(&mut self, class: Class, ticket: Ticket) {
        if let Some(tickets) = self.classes.get_mut(&class) {
            tickets.remove(&ticket);
            if tickets.is_empty() {
                self.classes.remove(&class);
            }
        }
    }
}
