//! One instance under watch: what was seen of it, and what follows.
//!
//! Owns the judgements from one look to the next; they are the pool's. Reads nothing of `/proc` itself: `watches` brings what was read and
//! carries out the [`Verdict`].

use std::sync::Arc;
use std::time::Instant;

use super::instance::Instance;
use super::pool_hands::ServerPool;
use super::tree_reading::Lent;
use crate::model::PoolSettings;
use crate::pool::{Advice, Health, HealthPolicy, MemoryAdvice, MemoryPolicy, MemoryWatch, Reading, Signs};
use crate::process::TreeMemory;

/// What is to be done with an instance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    Memory(MemoryAdvice),
    /// Spare it new calls, or end that.
    Healthy(bool),
    /// Ask whether it is alive.
    Ping,
    /// It does not answer: give it up.
    GiveUp,
}

/// One instance between its handshake and its end.
pub(super) struct Watch {
    pub(super) pool: Arc<ServerPool>,
    pub(super) number: u64,
    pub(super) instance: Arc<Instance>,
    /// `None` while it is lent.
    pub(super) tree: Option<TreeMemory>,
    memory: MemoryWatch,
    health: Option<Health>,
    reads: u64,
    last_read: Instant,
    busy_since: Option<Instant>,
    healthy: bool,
}

impl Watch {
    pub(super) fn new(
        pool: Arc<ServerPool>,
        number: u64,
        instance: Arc<Instance>,
        shim: i32,
        now: Instant,
    ) -> Self {
        let settings = pool.look(|state| state.settings().clone());
        Self {
            memory: MemoryWatch::new(settings.memory_limit, now),
            health: settings.health_check_interval.map(|interval| Health::new(HealthPolicy::new(interval))),
            tree: Some(TreeMemory::new(shim)),
            reads: instance.connection.reads(),
            last_read: now,
            busy_since: None,
            healthy: true,
            pool,
            number,
            instance,
        }
    }

    /// When to look at it.
    pub(super) const fn next_look(&self) -> Instant {
        self.memory.next_look()
    }

    /// Whether to look, if somebody looks at others anyway.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.memory.is_due(now)
    }

    /// Lends its tree to the thread that reads it.
    pub(super) fn lend(&mut self, now: Instant) -> Option<Lent> {
        let limit = self.pool.look(|state| state.settings().memory_limit);
        let share_from = self.memory.begin_look(limit, now);
        Some(Lent { number: self.number, tree: self.tree.take()?, share_from })
    }

    /// What follows from a reading. Nobody left in the tree is no reading.
    pub(super) fn memory(&mut self, reading: Reading, settings: &PoolSettings, now: Instant) -> Vec<Verdict> {
        let policy = MemoryPolicy { limit: settings.memory_limit, replace: settings.restart_on_memory_leak };
        let advice = self.memory.look(reading, policy, now);
        self.pool.measured(self.number, self.memory.estimate(reading.resident));
        advice.into_iter().map(Verdict::Memory).collect()
    }

    /// What follows from its silence.
    pub(super) fn health(&mut self, now: Instant) -> Vec<Verdict> {
        let reads = self.instance.connection.reads();
        if std::mem::replace(&mut self.reads, reads) != reads {
            self.last_read = now;
        }
        let (calls, usual) = self
            .pool
            .look(|state| (state.instance(self.number).map_or(0, |it| it.calls), state.usual_service()));
        self.busy_since = (calls > 0).then(|| self.busy_since.unwrap_or(now));
        let signs = Signs { last_read: self.last_read, oldest_call: self.busy_since, usual };
        let Some(health) = &mut self.health else { return Vec::new() };
        let mut verdicts = Vec::new();
        match health.tick(now, &signs) {
            Advice::Leave => {}
            Advice::Ping => verdicts.push(Verdict::Ping),
            Advice::Restart => verdicts.push(Verdict::GiveUp),
        }
        let healthy = health.takes_calls();
        if std::mem::replace(&mut self.healthy, healthy) != healthy {
            verdicts.push(Verdict::Healthy(healthy));
        }
        verdicts
    }
}
