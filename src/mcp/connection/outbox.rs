//! The way to a server's stdin: frames go out whole and in order, at once when the pipe takes them, else from a bounded queue.
//!
//! A frame of which the pipe took no byte was provably never seen by the server; that is the one case in which repeating a call is safe,
//! so the queue is also the record of what was never sent.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use nix::errno::Errno;
use nix::sys::uio::writev;

use super::message::Message;
use crate::mcp::reply::RequestId;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// The pipe took all of it.
    Whole,
    /// It waits, whole or in part; somebody must flush.
    Queued,
    /// The queue is full. Not a byte went out, none will.
    Refused,
    /// The pipe is gone. Not a byte went out, none will.
    Closed,
}

/// How far a flush came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flushed {
    /// Nothing waits.
    Empty,
    /// The server must read first.
    PipeFull,
    /// Others get a turn first.
    Budget,
    /// The server closed its end.
    Broken,
    /// We closed ours.
    Closed,
}

/// Bytes written in one go.
const BUDGET: usize = 256 * 1024;

/// Frames written by one system call.
const FRAMES_PER_WRITE: usize = 64;

struct Frame {
    /// The request it carries, if it carries one.
    request: Option<RequestId>,
    message: Message,
    written: usize,
}

/// Frames on their way out, with the pipe.
pub(super) struct Outbox {
    stdin: Option<Arc<OwnedFd>>,
    queue: VecDeque<Frame>,
    /// Bytes of the queue that were not written yet.
    queued: usize,
    limit: usize,
    enlarged: bool,
}

impl Outbox {
    /// `limit`: how many bytes may wait. A single frame may be longer when nothing else waits.
    pub(super) fn new(stdin: Arc<OwnedFd>, limit: usize) -> Self {
        Self { stdin: Some(stdin), queue: VecDeque::new(), queued: 0, limit, enlarged: false }
    }

    pub(super) fn stdin(&self) -> Option<Arc<OwnedFd>> {
        self.stdin.clone()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.stdin.is_none()
    }

    pub(super) fn queued_bytes(&self) -> usize {
        self.queued
    }

    /// Writes what the pipe takes and queues the rest. With `hold` all of it waits for a flush that the caller promises.
    pub(super) fn send(&mut self, request: Option<RequestId>, message: Message, hold: bool) -> Sent {
        if self.stdin.is_none() {
            return Sent::Closed;
        }
        if !self.queue.is_empty() && self.queued + message.len() > self.limit {
            return Sent::Refused;
        }
        let idle = self.queue.is_empty();
        self.queued += message.len();
        self.queue.push_back(Frame { request, message, written: 0 });
        if idle && !hold && self.flush() == Flushed::Empty { Sent::Whole } else { Sent::Queued }
    }

    /// Writes until the queue is empty, the pipe full or the budget spent: whoever holds the lock keeps other callers waiting.
    ///
    /// A broken pipe keeps its frames: what they carry was never sent, and the end of the process, which is about to be noticed,
    /// says why.
    pub(super) fn flush(&mut self) -> Flushed {
        let Some(stdin) = self.stdin.clone() else { return Flushed::Closed };
        let mut budget = BUDGET;
        while !self.queue.is_empty() {
            if budget == 0 {
                return Flushed::Budget;
            }
            match self.write_some(&stdin, budget) {
                Ok(count) => {
                    budget -= count;
                    self.advance(count);
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    self.enlarge(&stdin);
                    return Flushed::PipeFull;
                }
                Err(_) => return Flushed::Broken,
            }
        }
        Flushed::Empty
    }

    /// One system call for many small frames.
    fn write_some(&self, stdin: &OwnedFd, budget: usize) -> nix::Result<usize> {
        let mut room = budget;
        let mut slices = Vec::with_capacity(self.queue.len().min(FRAMES_PER_WRITE));
        for frame in self.queue.iter().take(FRAMES_PER_WRITE) {
            room -= frame.message.push_rest(frame.written, room, &mut slices);
            if room == 0 {
                break;
            }
        }
        writev(stdin, &slices)
    }

    fn advance(&mut self, mut count: usize) {
        self.queued -= count;
        while let Some(frame) = self.queue.front_mut() {
            let rest = frame.message.len() - frame.written;
            if count < rest {
                frame.written += count;
                return;
            }
            count -= rest;
            self.queue.pop_front();
        }
    }

    /// Takes a request back if the pipe took nothing of it.
    pub(super) fn withdraw(&mut self, id: RequestId) -> bool {
        let found = self.queue.iter().position(|frame| frame.request == Some(id) && frame.written == 0);
        let Some(frame) = found.and_then(|index| self.queue.remove(index)) else { return false };
        self.queued -= frame.message.len();
        true
    }

    /// Closes the pipe; says which requests were never sent.
    pub(super) fn close(&mut self) -> Vec<RequestId> {
        self.stdin = None;
        self.queued = 0;
        let unsent = self.queue.drain(..).filter(|frame| frame.written == 0);
        let mut ids: Vec<_> = unsent.filter_map(|frame| frame.request).collect();
        ids.sort_unstable();
        ids
    }

    /// Once, and only when the pipe proved too small: a user's quota for pipes is shared by all of them.
    fn enlarge(&mut self, stdin: &OwnedFd) {
        if !self.enlarged && self.queued > super::pipe::DEFAULT_BYTES {
            self.enlarged = true;
            super::pipe::enlarge(stdin);
        }
    }
}
