//! Who hears of leases and pools.

use crate::model::Error;

/// The environment that holds leases or listens to pools. Called from any thread, with no lock of a pool held; must not block.
pub trait PoolSink: Send + Sync {
    /// A waiter got its lease.
    fn granted(&self, token: u32, lease: u64);
    /// A waiter gets nothing.
    fn refused(&self, token: u32, error: Error);
    /// The instance of a lease is being replaced or gone; JSON.
    fn notice(&self, lease: u64, json: String);
    /// The server of these leases said something unasked; JSON.
    fn notification(&self, leases: Vec<u64>, json: String);
    /// The server of a lease with handlers asks; JSON.
    fn question(&self, lease: u64, question: u64, json: String);
    /// It does not want to know any more.
    fn question_withdrawn(&self, lease: u64, question: u64);
    /// Something happened to a pool; JSON.
    fn event(&self, pool: u64, json: String);
}
