//! `ppoll`: the one wait of guard and shim.
#![expect(unsafe_code, reason = "ppoll takes a raw array")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use super::check;

/// Descriptors to wait for, in the order in which they were added.
#[derive(Debug, Default)]
pub struct PollSet {
    entries: Vec<libc::pollfd>,
}

impl PollSet {
    /// Forgets the entries, keeps the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Adds a descriptor and says where its answer will be.
    pub fn add(&mut self, fd: BorrowedFd<'_>, events: i16) -> usize {
        self.entries.push(libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 });
        self.entries.len() - 1
    }

    /// Waits until one is ready or the time is over; `None` waits for ever.
    ///
    /// # Errors
    /// What `ppoll(2)` says, except EINTR, which counts as nothing ready.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let limit = timeout.map(|time| libc::timespec {
            tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: libc::c_long::from(time.subsec_nanos().cast_signed()),
        });
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        let count = self.entries.len() as libc::nfds_t;
        // SAFETY: the entries and the limit live through the call; a null mask leaves the signal mask alone.
        let result = unsafe { libc::ppoll(self.entries.as_mut_ptr(), count, limit, std::ptr::null()) };
        match check(result) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    /// What came for the entry at this place: readiness bits, 0 for nothing.
    #[must_use]
    pub fn ready(&self, place: usize) -> i16 {
        self.entries.get(place).map_or(0, |entry| entry.revents)
    }
}

/// Whether one of these events (or an error or a hang-up) comes within the time.
pub fn is_ready(fd: BorrowedFd<'_>, events: i16, timeout: Duration) -> bool {
    let mut set = PollSet::default();
    let place = set.add(fd, events);
    set.wait(Some(timeout)).is_ok() && set.ready(place) != 0
}

/// Whether the other end of a socket or pipe is closed.
#[must_use]
pub fn is_hung_up(fd: BorrowedFd<'_>) -> bool {
    let mut set = PollSet::default();
    let place = set.add(fd, libc::POLLRDHUP);
    let gone = libc::POLLHUP | libc::POLLRDHUP | libc::POLLERR;
    set.wait(Some(Duration::ZERO)).is_ok() && set.ready(place) & gone != 0
}
