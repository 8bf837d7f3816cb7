//! The descriptor on which a server answers: waits for bytes, awake for a moment where that pays, then asleep.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::patience::Patience;
use super::pipe;
use crate::sys::read::read_more;
use crate::sys::watch::watch;

/// A server's stdout.
pub(super) struct Stdout {
    fd: AsyncFd<Arc<OwnedFd>>,
    patience: Patience,
    /// Since when there is nothing to read.
    dry: Option<Instant>,
    /// The look since then that found nothing.
    in_vain: Option<Duration>,
    enlarged: bool,
}

impl Stdout {
    /// Watches a pipe from here on.
    ///
    /// # Errors
    /// When the descriptor cannot be made non-blocking or cannot be watched.
    pub(super) fn watch(fd: OwnedFd) -> io::Result<Self> {
        pipe::set_nonblocking(&fd)?;
        let fd = watch(Arc::new(fd), Interest::READABLE)?;
        Ok(Self { fd, patience: Patience::new(), dry: None, in_vain: None, enlarged: false })
    }

    /// Appends the bytes that are there, as far as there is capacity. `EAGAIN`: none; 0: the end.
    pub(super) fn try_read(&self, room: &mut Vec<u8>) -> nix::Result<usize> {
        loop {
            match read_more(self.fd.get_ref(), room) {
                Err(Errno::EINTR) => {}
                outcome => return outcome,
            }
        }
    }

    /// Reads once, waiting for bytes if there are none. `may_look`: whether this thread may stay awake for them, which keeps its other
    /// tasks waiting; asked again while it does.
    pub(super) async fn read(
        &mut self,
        room: &mut Vec<u8>,
        may_look: impl Fn() -> bool,
    ) -> io::Result<usize> {
        let asked_for = room.capacity() - room.len();
        let outcome = match self.look(room, may_look) {
            Err(Errno::EAGAIN) => self.sleep(room).await?,
            outcome => outcome,
        };
        let count = outcome?;
        self.came(count, asked_for);
        Ok(count)
    }

    /// Tries again and again for a while. Whoever else wants the core gets it between two tries.
    fn look(&mut self, room: &mut Vec<u8>, may_look: impl Fn() -> bool) -> nix::Result<usize> {
        let first = self.try_read(room);
        let (Err(Errno::EAGAIN), Some(since), Some(patience)) = (first, self.dry, self.patience.look())
        else {
            return first;
        };
        let mut now = since.elapsed();
        let mut outcome = first;
        let mut undisturbed = true;
        while outcome == first && undisturbed && now < patience && may_look() {
            thread::yield_now();
            let before = std::mem::replace(&mut now, since.elapsed());
            undisturbed = self.patience.core_back_after(now - before);
            outcome = self.try_read(room);
        }
        if outcome != first && undisturbed {
            self.patience.found();
        }
        self.in_vain = (outcome == first && now >= patience).then_some(patience);
        outcome
    }

    async fn sleep(&mut self, room: &mut Vec<u8>) -> io::Result<nix::Result<usize>> {
        self.dry.get_or_insert_with(Instant::now);
        loop {
            let mut ready = self.fd.readable().await?;
            match self.try_read(room) {
                Err(Errno::EAGAIN) => ready.clear_ready(),
                outcome => return Ok(outcome),
            }
        }
    }

    fn came(&mut self, count: usize, asked_for: usize) {
        if let Some(since) = self.dry.take() {
            let gap = since.elapsed();
            if let Some(look) = self.in_vain.take() {
                self.patience.came_after_vain_look(look, gap);
            }
            self.patience.came_after(gap);
        }
        if count < asked_for.min(pipe::DEFAULT_BYTES) {
            // Less than asked for: the pipe is empty now.
            self.dry = Some(Instant::now());
        } else if !self.enlarged && count >= pipe::DEFAULT_BYTES {
            self.enlarged = true;
            pipe::enlarge(self.fd.get_ref());
        }
    }
}
