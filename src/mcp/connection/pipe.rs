//! What the connection needs of its pipes beyond reading and writing.

use std::io;
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// What Linux gives a pipe that nobody enlarged.
pub(super) const DEFAULT_BYTES: usize = 64 * 1024;

/// Enough to carry a megabyte in four turns. Bigger ones exhaust the user's quota after a few dozen servers, and then every new pipe of
/// that user is 8 KiB.
const ENLARGED_BYTES: i32 = 256 * 1024;

/// Asks for a bigger pipe. A refusal costs speed only.
pub(super) fn enlarge(fd: impl AsFd) {
    #[cfg(target_os = "linux")]
    let _ = fcntl(fd, FcntlArg::F_SETPIPE_SZ(ENLARGED_BYTES));
    #[cfg(not(target_os = "linux"))]
    let _ = (fd.as_fd(), ENLARGED_BYTES);
}

/// Makes reads and writes of this end return instead of wait. The other end of a pipe has flags of its own.
pub(super) fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd.as_fd(), FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}
