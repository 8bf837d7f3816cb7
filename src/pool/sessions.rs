//! Which session is on which instance.
//!
//! | state | first use | `lost` | next use | `end` / idle |
//! |---|---|---|---|---|
//! | unknown | → bound | – | – | – |
//! | bound | stays on its instance | → lost | – | → unknown |
//! | lost | – | – | told once, → unknown | → unknown |

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Nobody knows it: it may go anywhere.
    Unknown,
    /// On this instance.
    Bound(u64),
    /// Its instance is gone and nobody told it so far.
    Lost(u64),
}

#[derive(Debug, Clone)]
struct Session {
    instance: u64,
    lost: bool,
    leases: u32,
    calls: u32,
    last_used: Instant,
}

/// The sessions of one pool.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    known: HashMap<Box<str>, Session>,
}

impl Sessions {
    pub(crate) fn binding(&self, id: &str) -> Binding {
        match self.known.get(id) {
            None => Binding::Unknown,
            Some(session) if session.lost => Binding::Lost(session.instance),
            Some(session) => Binding::Bound(session.instance),
        }
    }

    /// A use begins. True: the session was bound to the instance just now.
    pub(crate) fn enter(&mut self, id: &str, instance: u64, lease: bool, now: Instant) -> bool {
        if let Some(session) = self.known.get_mut(id) {
            session.count(lease, now);
            return false;
        }
        let mut session = Session { instance, lost: false, leases: 0, calls: 0, last_used: now };
        session.count(lease, now);
        self.known.insert(id.into(), session);
        true
    }

    /// A use on `instance` ends.
    pub(crate) fn leave(&mut self, id: &str, instance: u64, lease: bool, now: Instant) {
        let Some(session) = self.known.get_mut(id).filter(|session| session.instance == instance) else {
            return;
        };
        let count = if lease { &mut session.leases } else { &mut session.calls };
        *count = count.saturating_sub(1);
        session.last_used = now;
    }

    /// Forgets a session; says where it was.
    pub(crate) fn end(&mut self, id: &str) -> Binding {
        let binding = self.binding(id);
        self.known.remove(id);
        binding
    }

    /// An instance is gone.
    pub(crate) fn lose(&mut self, instance: u64) {
        self.known
            .values_mut()
            .filter(|session| session.instance == instance)
            .for_each(|session| session.lost = true);
    }

    /// Unbinds what was unused for `timeout`, but for those to `keep`; the instances that lost one, once for each.
    pub(crate) fn expire(
        &mut self,
        now: Instant,
        timeout: Duration,
        keep: impl Fn(&str) -> bool,
    ) -> Vec<u64> {
        let mut left = Vec::new();
        self.known.retain(|id, session| {
            let due = session.is_unused()
                && !keep(id)
                && now.saturating_duration_since(session.last_used) >= timeout;
            if due && !session.lost {
                left.push(session.instance);
            }
            !due
        });
        left
    }

    /// When the next one may expire.
    pub(crate) fn next_expiry(&self, timeout: Duration, keep: impl Fn(&str) -> bool) -> Option<Instant> {
        let unused = self.known.iter().filter(|(id, session)| session.is_unused() && !keep(id));
        unused.filter_map(|(_, session)| session.last_used.checked_add(timeout)).min()
    }

    pub(crate) fn live(&self) -> usize {
        self.known.values().filter(|session| !session.lost).count()
    }
}

impl Session {
    fn count(&mut self, lease: bool, now: Instant) {
        *(if lease { &mut self.leases } else { &mut self.calls }) += 1;
        self.last_used = now;
    }

    fn is_unused(&self) -> bool {
        self.leases == 0 && self.calls == 0
    }
}
