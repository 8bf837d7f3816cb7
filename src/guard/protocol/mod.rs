//! What host, guard and shim say to each other: one message a frame on a seqpacket socket, at most [`MAX_FRAME`] bytes.
//!
//! Whatever can be larger travels beside the frame as a sealed memory file: the command with its environment, and the report of an end.
//! The first frame of a guard is [`hello`], the only one whose form never changes between versions.

mod event;
mod frame;
mod packed;
mod report;
mod request;

pub use event::{
    Capabilities, Event, FirstExited, Ready, RefusalReason, Refused, SpawnFailed, Stage, Started,
};
pub use frame::{MAX_FRAME, decode, encode, hello, read_hello};
pub use report::{ReportBody, UnitEnd};
pub use request::{Request, ShimRequest, SpawnRequest, StopRequest};

/// The version that host and guard must share.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The descriptor that a guard finds its socket at.
pub const GUARD_SOCKET: i32 = 3;
