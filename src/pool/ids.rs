//! Numbers that name pools, instances and leases: one row for the whole process, so that none is ever mistaken for another.

use std::sync::atomic::{AtomicU64, Ordering};

/// The next number; from 1.
pub(crate) fn next() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}
