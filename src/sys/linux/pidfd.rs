//! Process descriptors: a hold on one process that no reuse of its number can turn to another.
#![expect(unsafe_code, reason = "the pidfd calls have no safe form in std")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::time::Duration;

use super::{check_long, fd, poll};

/// `PID_FS_MAGIC`: pidfds of such a kernel (6.9 and later) have an inode that is unique for the boot.
const PIDFS_MAGIC: u64 = 0x5049_4446;

/// A descriptor of the process that has this number now.
///
/// # Errors
/// ESRCH when there is none, else what `pidfd_open(2)` says.
pub fn open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: takes two integers and touches no memory.
    let number = check_long(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: the kernel just made this descriptor and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Sends a signal; 0 only asks whether the process could be signalled.
///
/// # Errors
/// ESRCH when it was reaped, EPERM when it is another's, else what `pidfd_send_signal(2)` says.
pub fn send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: a null siginfo asks the kernel to fill in its own.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, info, 0) };
    check_long(result).map(drop)
}

/// Whether every thread of the process has ended.
#[must_use]
pub fn is_dead(pidfd: BorrowedFd<'_>) -> bool {
    poll::is_ready(pidfd, libc::POLLIN, Duration::ZERO)
}

/// The inode of the pidfd where it is unique for the boot, else `None`.
#[must_use]
pub fn unique_inode(pidfd: BorrowedFd<'_>) -> Option<u64> {
    static UNIQUE: OnceLock<bool> = OnceLock::new();
    #[cfg(feature = "failpoints")]
    if OLD_KERNEL.load(std::sync::atomic::Ordering::Relaxed) {
        return None;
    }
    if *UNIQUE.get_or_init(|| is_pidfs(pidfd)) { fd::inode(pidfd).ok() } else { None }
}

#[cfg(feature = "failpoints")]
static OLD_KERNEL: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// For tests: from now on no inode is unique, as before Linux 6.9.
#[cfg(feature = "failpoints")]
pub fn pretend_old_kernel(old: bool) {
    OLD_KERNEL.store(old, std::sync::atomic::Ordering::Relaxed);
}

/// The same for every pidfd of a kernel.
fn is_pidfs(pidfd: BorrowedFd<'_>) -> bool {
    let mut stat = std::mem::MaybeUninit::<libc::statfs>::zeroed();
    // SAFETY: `stat` is large enough and exclusive for the call.
    if unsafe { libc::fstatfs(pidfd.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: all-zero bytes are a valid `statfs`, and the call filled it.
    let kind = unsafe { stat.assume_init() }.f_type;
    u64::try_from(kind).is_ok_and(|kind| kind == PIDFS_MAGIC)
}

/// A copy of a descriptor of another process, CLOEXEC.
///
/// # Errors
/// EPERM without the right to trace that process, EBADF when it has no such descriptor.
pub fn steal(pidfd: BorrowedFd<'_>, number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: takes integers and touches no memory.
    let copy = unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), number, 0) };
    let copy = check_long(copy)?;
    // SAFETY: the kernel just made this descriptor and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}
