//! Descriptors under the eye of a tokio runtime. Reads and writes nothing.
#![expect(unsafe_code, reason = "tokio cannot see for itself that a descriptor outlives its registration")]

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the current runtime.
///
/// # Errors
/// When the runtime has no I/O driver or the kernel refuses, as `epoll` does for plain files.
pub(crate) fn watch(fd: Arc<OwnedFd>, interest: Interest) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: an `Arc<OwnedFd>` always names the same descriptor and keeps it open for as long as the registration owns it.
    unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(Into::into)
}
