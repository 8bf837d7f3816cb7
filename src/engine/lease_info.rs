//! What a holder may know of the instance that its lease is on.

use std::time::UNIX_EPOCH;

use super::pool_events::{epoch_ms, megabytes};
use super::shared::Shared;

/// The instance behind a lease, at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeaseInfo {
    /// The pool that it is of.
    pub pool: u64,
    /// Its number within the pool, which makes its name; `None`: the lease is on none.
    pub instance: Option<u64>,
    /// What is known of its process; `None`: it is gone.
    pub process: Option<LeasedProcess>,
}

/// The process of an instance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeasedProcess {
    /// The first process of its unit.
    pub pid: i32,
    /// When it shook hands, milliseconds of the epoch.
    pub created_at: f64,
    /// When a call or a lease of it began or ended last, milliseconds of the epoch.
    pub last_used_at: f64,
    /// Of its whole tree, as last measured, MiB.
    pub memory_mb: f64,
    /// It answers.
    pub healthy: bool,
}

impl Shared {
    /// What is known of a lease; `None`: it was released.
    pub(super) fn lease_info(&self, lease: u64) -> Option<LeaseInfo> {
        let pool = self.leases.pool_of(lease)?;
        let (number, state) = pool.look(|state| {
            let (number, _) = state.lease(lease)?;
            let seen = |number| state.instance(number).map(|it| (it.last_used, it.memory_bytes, it.healthy));
            Some((number, number.and_then(seen)))
        })?;
        let instance = number.and_then(|number| pool.instance(number));
        let process = instance.zip(state).map(|(instance, (last_used, memory, healthy))| {
            let created = instance.created.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
            LeasedProcess {
                pid: instance.pid,
                created_at: (created * 1e3).floor(),
                last_used_at: epoch_ms(last_used),
                memory_mb: megabytes(memory),
                healthy: healthy && !instance.connection.is_closed(),
            }
        });
        Some(LeaseInfo { pool: pool.number, instance: number, process })
    }
}
