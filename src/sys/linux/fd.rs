//! Descriptors: flags, duplicates, closing what is not one's own.
#![expect(unsafe_code, reason = "fcntl, dup3 and close_range work on raw descriptor numbers")]

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::check;

/// A pipe, both ends CLOEXEC and blocking: the reading end, then the writing end.
///
/// # Errors
/// What `pipe2(2)` says.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends: [RawFd; 2] = [-1; 2];
    // SAFETY: `ends` has room for the two numbers that the kernel writes.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: the kernel just made this descriptor and nobody else owns it.
    let read = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: as above, for the other end.
    let write = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    Ok((read, write))
}

/// `/dev/null`, open for both ways.
///
/// # Errors
/// What `open(2)` says.
pub fn null() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/null")
}

/// Makes the kernel's table of this process's descriptors large enough for so many more. Where threads share it each growth waits for all processors of
/// the machine to pass by (`synchronize_rcu`, some milliseconds), and by itself it only doubles: a thousand descriptors one by one are five such waits.
///
/// # Errors
/// What `open(2)` and `fcntl(2)` say; EINVAL where so many are not allowed.
pub fn make_room(more: u16) -> io::Result<()> {
    let lowest_free = null()?;
    let highest = lowest_free.as_raw_fd().saturating_add(more.into());
    duplicate(&lowest_free, highest).map(drop)
}

/// Sets or clears `O_NONBLOCK` on the open file description.
///
/// # Errors
/// What `fcntl(2)` says.
pub fn set_nonblocking(fd: BorrowedFd<'_>, on: bool) -> io::Result<()> {
    // SAFETY: F_GETFL takes no argument and touches no memory.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    let wanted = if on { flags | libc::O_NONBLOCK } else { flags & !libc::O_NONBLOCK };
    if wanted == flags {
        return Ok(());
    }
    // SAFETY: F_SETFL takes an int and touches no memory.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, wanted) }).map(drop)
}

/// Makes `source` the descriptor `target`, without CLOEXEC, in a process that is about to exec.
///
/// # Errors
/// What `dup2(2)` says.
pub fn put_at(source: BorrowedFd<'_>, target: RawFd) -> io::Result<()> {
    if source.as_raw_fd() == target {
        // SAFETY: F_SETFD takes an int and touches no memory.
        return check(unsafe { libc::fcntl(target, libc::F_SETFD, 0) }).map(drop);
    }
    // SAFETY: replacing `target` is what the caller asks for; no owner of ours names 0 to 2.
    check(unsafe { libc::dup2(source.as_raw_fd(), target) }).map(drop)
}

/// Takes over a descriptor that this process inherited under a fixed number.
///
/// # Errors
/// EBADF when nothing is open there.
pub fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: F_SETFD takes an int and touches no memory.
    check(unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: it is open, and by the contract with the parent it is ours alone.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Closes every descriptor above 2 except those in `keep`.
///
/// The caller must not use any other owned descriptor again, not even by dropping it: it is for a process that was just
/// started or forked and never returns to the code that opened them.
///
/// # Errors
/// What `close_range(2)` says.
pub fn close_all_but(keep: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut numbers: Vec<u32> = keep.iter().map(|fd| fd.as_raw_fd().unsigned_abs()).collect();
    numbers.sort_unstable();
    let mut from = 3;
    for number in numbers {
        if number > from {
            close_range(from, number - 1)?;
        }
        from = from.max(number + 1);
    }
    close_range(from, u32::MAX)
}

fn close_range(first: u32, last: u32) -> io::Result<()> {
    // SAFETY: closes numbers that nobody in this process uses again, by the contract of `close_all_but`.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if result == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ENOSYS) { close_listed(first, last) } else { Err(error) }
}

/// For kernels before 5.9.
fn close_listed(first: u32, last: u32) -> io::Result<()> {
    let open: Vec<u32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| (first..=last).contains(number))
        .collect();
    for number in open {
        // SAFETY: as in `close_range`; closing the number of the directory that was read gives EBADF, which is ignored.
        unsafe { libc::close(number.cast_signed()) };
    }
    Ok(())
}

/// Marks everything above 2 CLOEXEC, in a process that is about to exec.
pub fn cloexec_above_stdio() {
    const CLOEXEC: libc::c_uint = 1 << 2;
    // SAFETY: only sets a flag on descriptors; without the call (before 5.11) each of ours carries it already.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, CLOEXEC) };
}

/// The inode behind a descriptor.
///
/// # Errors
/// What `fstat(2)` says.
pub fn inode(fd: BorrowedFd<'_>) -> io::Result<u64> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: `stat` is large enough and exclusive for the call.
    check(unsafe { libc::fstat(fd.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: all-zero bytes are a valid `stat`, and the call filled it.
    Ok(unsafe { stat.assume_init() }.st_ino)
}

/// The same open file under a number that no table of inherited descriptors names (10 or more), CLOEXEC.
///
/// # Errors
/// What `fcntl(2)` says.
pub fn out_of_the_way(fd: impl AsFd) -> io::Result<OwnedFd> {
    duplicate(fd, 10)
}

/// Under the lowest free number from `lowest` on, CLOEXEC.
fn duplicate(fd: impl AsFd, lowest: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: F_DUPFD_CLOEXEC takes an int and touches no memory.
    let number = check(unsafe { libc::fcntl(fd.as_fd().as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) })?;
    // SAFETY: the kernel just made this descriptor and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the kernel tells it.
    fn table_size() -> u16 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        status.lines().find_map(|line| line.strip_prefix("FDSize:")).unwrap().trim().parse().unwrap()
    }

    #[test]
    fn table_that_was_made_larger_has_room_and_nothing_stays_open() {
        let before = table_size();
        make_room(before).unwrap();
        assert!(table_size() > before, "{before}");
        let room = table_size();
        make_room(1).unwrap();
        assert_eq!(table_size(), room, "what is large enough stays");
        assert!(std::fs::read_dir("/proc/self/fd").unwrap().count() < before.into());
    }
}
