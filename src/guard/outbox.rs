//! Frames that wait for room in a socket, so that nobody ever blocks on a slow reader.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use serde::Serialize;

use super::protocol::encode;
use crate::sys::seqpacket;

/// A queue in front of a socket. It holds at most a few frames a unit, so it needs no bound of its own.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    frames: VecDeque<(Vec<u8>, Vec<OwnedFd>)>,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
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
        while let Some((frame, fds)) = self.frames.front() {
            let borrowed: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
            match seqpacket::send(socket, frame, &borrowed) {
                Ok(()) => drop(self.frames.pop_front()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => {
                    self.frames.clear();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}
