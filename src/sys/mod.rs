//! The system calls: the only place with unsafe code. One folder per platform, one file per concept of the system.
//!
//! Nothing here decides anything; functions take and give owned descriptors and plain numbers.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::*;

pub mod portable;
pub(crate) mod read;
pub(crate) mod two_threads;
pub(crate) mod watch;
