//! What a pool has done so far.

/// The running totals of `PoolStats`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Instances that shook hands.
    pub(crate) started: u64,
    /// Leases on an instance that had served before.
    pub(crate) reused: u64,
    /// Instances that took the place of one that died or was replaced.
    pub(crate) restarted: u64,
    /// Instances that were stopped.
    pub(crate) retired: u64,
    /// Starts that failed, and instances that died by themselves.
    pub(crate) failed: u64,
}
