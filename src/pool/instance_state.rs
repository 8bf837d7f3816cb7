//! What the pool knows of one instance. Plain data; the transitions are in [`super::state`].

use std::time::Instant;

use super::open_tasks::OpenTasks;

/// Why an instance is stopped or replaced, as events tell it.
pub(crate) type Cause = &'static str;

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its process starts or shakes hands.
    Starting,
    /// It serves.
    Ready,
    /// Its successor serves; who must stay on it keeps it.
    Retiring(Cause),
    /// Nobody may begin anything on it; what is in flight may end.
    Leaving(Cause),
    /// Its process is being stopped.
    Stopping(Cause),
}

/// One instance of a pool.
#[derive(Debug, Clone)]
pub(crate) struct InstanceState {
    pub(crate) phase: Phase,
    /// Open leases on it.
    pub(crate) leases: u32,
    /// Calls in flight on it.
    pub(crate) calls: u32,
    /// Calls that ended on it.
    pub(crate) ended_calls: u64,
    /// Sessions bound to it.
    pub(crate) sessions: u32,
    /// Tasks that run on it.
    pub(crate) tasks: OpenTasks,
    /// Bits of the questions that it may ask its one holder; 0: it is for anybody and may ask none.
    pub(crate) handlers: u8,
    /// On top of `maxInstances`: a successor before it takes over, then its predecessor.
    pub(crate) surplus: bool,
    /// The successor that is being started for it.
    pub(crate) successor: Option<(u64, Cause)>,
    /// When it was asked for.
    pub(crate) born: Instant,
    /// When it could serve first.
    pub(crate) ready_since: Option<Instant>,
    /// When somebody last began or ended using it.
    pub(crate) last_used: Instant,
    /// Its whole tree, as last measured.
    pub(crate) memory_bytes: u64,
    /// False: it is silent while it should answer, and is spared new work.
    pub(crate) healthy: bool,
    /// So far above its memory limit that others are better placed for new work.
    pub(crate) strained: bool,
}

impl InstanceState {
    pub(crate) fn starting(now: Instant, handlers: u8, surplus: bool) -> Self {
        Self {
            phase: Phase::Starting,
            leases: 0,
            calls: 0,
            ended_calls: 0,
            sessions: 0,
            tasks: OpenTasks::default(),
            handlers,
            surplus,
            successor: None,
            born: now,
            ready_since: None,
            last_used: now,
            memory_bytes: 0,
            healthy: true,
            strained: false,
        }
    }

    /// Nobody needs it: no call in flight, no lease, no live session, no task.
    pub(crate) fn is_unused(&self) -> bool {
        self.leases == 0 && self.calls == 0 && self.sessions == 0 && self.tasks.is_empty()
    }

    /// It is one holder's own.
    pub(crate) fn is_dedicated(&self) -> bool {
        self.handlers != 0
    }

    /// It may get new work of anybody.
    pub(crate) fn is_open(&self) -> bool {
        self.is_replaceable() && self.healthy
    }

    /// Another one would do as well for whoever comes.
    pub(crate) fn is_replaceable(&self) -> bool {
        self.phase == Phase::Ready && !self.is_dedicated()
    }

    /// It serves, or still has something in flight.
    pub(crate) fn is_in_use(&self) -> bool {
        self.serves_its_own() || matches!(self.phase, Phase::Leaving(_))
    }

    /// Those who are on it may go on using it.
    pub(crate) fn serves_its_own(&self) -> bool {
        matches!(self.phase, Phase::Ready | Phase::Retiring(_))
    }
}
