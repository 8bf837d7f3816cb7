//! One instance under watch: what was measured of it, and what follows.
//!
//! Owns the judgement from one tick to the next. Measures nothing itself: `watches` brings what was read and carries out the [`Verdict`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::instance::Instance;
use super::pool_hands::ServerPool;
use crate::model::PoolSettings;
use crate::pool::{Advice, Health, HealthPolicy, LeakPolicy, LeakWatch, Signs};
use crate::process::TreeMemory;

/// From this part of the limit on the exact share is read.
const NEAR: f64 = 0.9;

/// Above this many times the limit an instance is stopped at once: nothing else keeps it from taking the machine's memory.
pub(super) const CEILING: u64 = 2;

/// The exact share is read so seldom that it costs at most this part of a core.
const SHARE_COST: u32 = 100;

/// What was read of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) resident: u64,
    /// Each page counted once; read near the limit only.
    pub(super) share: Option<u64>,
    /// How long reading the share took.
    pub(super) share_took: Duration,
}

/// What is to be done with an instance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// Tell of its memory. `leak`: MiB a minute, where it grows steadily.
    MemoryLimit { bytes: u64, leak: Option<f64> },
    /// Replace it: successor first.
    Replace { cause: &'static str },
    /// Stop it at once: it is far above its limit.
    Ceiling { bytes: u64 },
    /// Spare it new calls, or end that.
    Healthy(bool),
    /// Send it a ping.
    Ping,
    /// It does not answer: give it up.
    GiveUp,
}

/// One instance between its handshake and its end.
pub(super) struct Watch {
    pub(super) pool: Arc<ServerPool>,
    pub(super) number: u64,
    pub(super) instance: Arc<Instance>,
    /// Lent to the thread that reads.
    pub(super) tree: Option<TreeMemory>,
    leak: LeakWatch,
    health: Option<Health>,
    reads: u64,
    last_read: Instant,
    busy_since: Option<Instant>,
    next_share: Instant,
    told: bool,
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
            leak: LeakWatch::new(LeakPolicy::new(settings.memory_limit)),
            health: settings.health_check_interval.map(|interval| Health::new(HealthPolicy::new(interval))),
            tree: Some(TreeMemory::new(shim)),
            reads: instance.connection.reads(),
            last_read: now,
            busy_since: None,
            next_share: now,
            told: false,
            healthy: true,
            pool,
            number,
            instance,
        }
    }

    /// From how many resident bytes on the share is to be read at this tick.
    pub(super) fn share_from(&self, settings: &PoolSettings, now: Instant) -> u64 {
        let suspicious = self.leak.leak().is_some();
        match now < self.next_share {
            true => u64::MAX,
            false if suspicious => 0,
            false => near(settings.memory_limit),
        }
    }

    /// What follows from a reading. Nobody left in the tree is no reading.
    pub(super) fn memory(&mut self, reading: Reading, settings: &PoolSettings, now: Instant) -> Vec<Verdict> {
        let bytes = reading.share.unwrap_or(reading.resident);
        self.pool.measured(self.number, bytes);
        self.leak.record(now, reading.resident);
        if reading.share.is_some() {
            self.next_share = now + reading.share_took * SHARE_COST;
        }
        let limit = settings.memory_limit;
        if bytes < near(limit) && self.leak.leak().is_none() {
            self.told = false;
        }
        let Some(share) = reading.share else { return Vec::new() };
        let over = share > limit;
        let leaks = self.leak.leak().is_some() && share * 2 >= limit;
        if !over && !leaks {
            return Vec::new();
        }
        let mut verdicts = Vec::new();
        if !std::mem::replace(&mut self.told, true) {
            let leak = self.leak.growth().map(|growth| growth.mb_per_minute);
            verdicts.push(Verdict::MemoryLimit { bytes: share, leak });
        }
        if settings.restart_on_memory_leak {
            verdicts.push(match (over, share / CEILING > limit) {
                (true, true) => Verdict::Ceiling { bytes: share },
                (true, false) => Verdict::Replace { cause: "memory" },
                (false, _) => Verdict::Replace { cause: "leak" },
            });
        }
        verdicts
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

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a limit"
)]
fn near(limit: u64) -> u64 {
    (limit as f64 * NEAR) as u64
}
