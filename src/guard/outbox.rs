//! Frames that wait for room in a socket, so that nobody ever blocks on a slow reader.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::protocol::encode;
use crate::sys::seqpacket;

/// Before a frame is tried again for which the machine had no memory.
const PAUSE: Duration = Duration::from_millis(20);

/// A queue in front of a socket. It holds at most a few frames a unit, so it needs no bound of its own.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    frames: VecDeque<(Vec<u8>, Vec<OwnedFd>)>,
    /// Not tried before this moment: the machine, not the reader, had no room.
    not_before: Option<Instant>,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether it can go on as soon as the socket is writable.
    pub(crate) fn wants_room(&self) -> bool {
        !self.frames.is_empty() && self.not_before.is_none()
    }

    /// How long until it wants to be flushed whatever the socket says.
    pub(crate) fn pace(&self) -> Option<Duration> {
        self.not_before.map(|moment| moment.saturating_duration_since(Instant::now()))
    }

    /// Queues bytes as they are.
    pub(crate) fn push_frame(&mut self, frame: Vec<u8>, fds: Vec<OwnedFd>) {
        self.frames.push_back((frame, fds));
    }

    /// Queues a message.
    pub(crate) fn push(&mut self, message: &impl Serialize, fds: Vec<OwnedFd>) -> io::Result<()> {
        self.push_frame(encode(message)?, fds);
        Ok(())
    }

    /// Sends what there is room for.
    ///
    /// # Errors
    /// What the socket says when its other end is gone; the queue is empty then.
    pub(crate) fn flush(&mut self, socket: BorrowedFd<'_>) -> io::Result<()> {
        if self.not_before.is_some_and(|moment| Instant::now() < moment) {
            return Ok(());
        }
        self.not_before = None;
        while let Some((frame, fds)) = self.frames.front_mut() {
            let borrowed: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
            match seqpacket::send(socket, frame, &borrowed) {
                Ok(()) => drop(self.frames.pop_front()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                // Everything that is said here can be understood without them.
                Err(error) if error.raw_os_error() == Some(libc::ETOOMANYREFS) && !fds.is_empty() => {
                    fds.clear();
                }
                Err(error) if seqpacket::may_pass_later(&error) => {
                    self.not_before = Some(Instant::now() + PAUSE);
                    return Ok(());
                }
                Err(error) => {
                    self.frames.clear();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}
