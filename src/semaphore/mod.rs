//! FIFO permits: who may run now, who waits, in which order.
//!
//! - [`wait_list`] — the queue, with removal from anywhere in constant time;
//! - [`fifo`] — the pure state machine, driven by property tests;
//! - [`limiter`] — the same behind a lock, with one member per environment that takes part;
//! - [`gate`] — free permits that one member takes without that lock, and without a call;
//! - [`tool_calls`] — the one limiter that all threads of the process share.
//!
//! Nothing here waits, sleeps or knows of promises: a grant is a token handed to the member that asked.

pub mod fifo;
pub mod gate;
pub mod limiter;
pub mod tool_calls;
mod wait_list;

pub use fifo::{Acquired, FifoSemaphore, OverRelease, Status};
pub use gate::Gate;
pub use limiter::{GrantSink, Limiter, Member};
pub use wait_list::{Waiter, WaiterKey};
