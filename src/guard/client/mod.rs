//! The host's side: start a guard, ask it, hear it. No threads, no tokio, nothing that waits: the host polls [`Guard::as_fd`] in its own loop.

mod binary;
mod guard_event;
mod handle;
mod options;
mod spawn_error;
mod spec;
mod waker;

pub use binary::GuardBinary;
pub use guard_event::{GuardEvent, Received};
pub use handle::{Guard, Sent};
pub use options::{GuardOptions, default_state_dir, home_of_user};
pub use spawn_error::spawn_error;
pub use spec::seal_spec;
pub(crate) use waker::Waker;
