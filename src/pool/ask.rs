//! What somebody asks of a pool, and what the pool says.

use std::time::Instant;

use super::wait_queue::Ticket;
use crate::model::Error;

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A lease of this number.
    Lease(u64),
    /// One call.
    Call,
    /// One call of the holder of this lease.
    LeaseCall(u64),
}

impl Purpose {
    pub(crate) fn is_lease(self) -> bool {
        matches!(self, Self::Lease(_))
    }
}

/// The instance that a question about tasks is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) instance: u64,
    /// Only that instance can tell of it; `None`: it can tell more than others.
    pub(crate) task: Option<Box<str>>,
}

/// A request for an instance.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) purpose: Purpose,
    /// Stays on one instance.
    pub(crate) session: Option<Box<str>>,
    /// Goes to the instance of a task, whoever asks.
    pub(crate) pin: Option<Pin>,
    /// Bits of the server's questions that the holder answers, which needs an instance of its own; 0: none.
    pub(crate) handlers: u8,
    /// Do nothing if no instance is ready: the caller comes again with what a start needs.
    pub(crate) only_warm: bool,
    pub(crate) patience: Patience,
}

impl Ask {
    /// One call of anybody.
    pub(crate) fn call(session: Option<&str>) -> Self {
        Self {
            purpose: Purpose::Call,
            session: session.map(Into::into),
            pin: None,
            handlers: 0,
            only_warm: false,
            patience: Patience::Pool,
        }
    }

    /// A lease.
    pub(crate) fn lease(number: u64, session: Option<&str>, patience: Patience) -> Self {
        Self { purpose: Purpose::Lease(number), patience, ..Self::call(session) }
    }

    /// One call on a lease. Its own timeout bounds the wait.
    pub(crate) fn lease_call(number: u64) -> Self {
        Self { purpose: Purpose::LeaseCall(number), patience: Patience::Forever, ..Self::call(None) }
    }

    /// One call about tasks.
    pub(crate) fn task_call(pin: Pin) -> Self {
        Self { pin: Some(pin), ..Self::call(None) }
    }

    /// The same, with handlers: on an instance of its own.
    pub(crate) fn with_handlers(self, handlers: u8) -> Self {
        Self { handlers, ..self }
    }

    /// The same, from one who would have to say more before anything can be started.
    pub(crate) fn warm_only(self, only_warm: bool) -> Self {
        Self { only_warm, ..self }
    }
}

/// How long one who asks waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As the pool's settings say.
    Pool,
    /// Until then.
    Until(Instant),
    /// Only for a start that it caused or that has room for it.
    AtOnce,
    /// For ever.
    Forever,
}

/// What the pool says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// Use this instance; the use is counted.
    Ready(u64),
    /// An effect will tell.
    Waits(Ticket),
    /// Nothing happened: no instance is ready, and the ask was for a warm one only.
    Cold,
    /// No.
    Refused(Error),
}
