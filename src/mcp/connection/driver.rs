//! The loop that serves one connection on a tokio runtime: reads stdout and stderr, flushes stdin, notices the end.
//!
//! Reading never waits for writing, so a server that blocks on its stdout while we have megabytes for its stdin gets on.
//!
//! | what happens | what follows |
//! |---|---|
//! | [`Connection::exited`] | stdout is read until it is empty, then all pending fail with the exit status |
//! | end of stdout, or stdin broken | the report of the exit is awaited for [`EXIT_GRACE`]; without one `ERR_SERVER_PROTOCOL` |
//! | [`Connection::fail_all`] by the caller | the loop leaves |
//! | the future is dropped | all pending fail with `ERR_CLOSED` |

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::errno::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::outbox::Flushed;
use super::stdout::Stdout;
use super::{Connection, Ending, pipe};
use crate::mcp::framing::Splitter;
use crate::model::Error;
use crate::sys::watch::watch;

/// A dead server's streams end a moment before its exit status is known; the status is worth that wait. A server that closed a stream
/// and lives fails its calls after it.
const EXIT_GRACE: Duration = Duration::from_millis(500);

/// Reads in a row before other tasks of the thread get a turn.
const READ_BUDGET: usize = 16;

type Watched = AsyncFd<Arc<OwnedFd>>;

const STDERR_CHUNK: usize = 16 * 1024;

impl Connection {
    /// Serves the connection until it ends; returns why it did. To be run once, on a current-thread runtime with I/O and time enabled.
    ///
    /// # Errors
    /// When a descriptor cannot be watched.
    pub async fn drive(self: Arc<Self>, stdout: OwnedFd, stderr: Option<OwnedFd>) -> io::Result<Error> {
        let guard = FailOnDrop(&self);
        let mut stdout = Stdout::watch(stdout)?;
        let stderr = stderr.map(watch_output).transpose()?;
        let stdin = self.outbox.lock().stdin().map(|fd| watch(fd, Interest::WRITABLE)).transpose()?;
        let mut splitter = Splitter::new(self.config.max_message_bytes);
        let ending = tokio::select! {
            ending = self.read_stdout(&mut stdout, &mut splitter) => self.exit_within_grace(ending).await,
            ending = self.write_stdin(stdin) => self.exit_within_grace(ending).await,
            ending = self.wait_for_exit() => ending,
            never = self.read_stderr(stderr.as_ref()) => match never {},
        };
        self.drain(&stdout, &mut splitter);
        if let Some(stderr) = &stderr {
            self.drain_stderr(stderr.get_ref());
        }
        let error = self.ending_error(&ending);
        self.fail_all(error);
        drop(guard);
        Ok(self.failure_or_closed())
    }

    async fn read_stdout(&self, stdout: &mut Stdout, splitter: &mut Splitter) -> Ending {
        loop {
            for _ in 0..READ_BUDGET {
                match stdout.read(splitter.room(), || self.pending.are_alone()).await {
                    Ok(0) => return Ending::StdoutClosed,
                    Ok(_) => {}
                    Err(error) => return Ending::ReadFailed(error.to_string()),
                }
                self.handle_frames(splitter);
            }
            tokio::task::yield_now().await;
        }
    }

    fn handle_frames(&self, splitter: &mut Splitter) {
        self.seen.reads.fetch_add(1, Ordering::Relaxed);
        while let Some(frame) = splitter.next_frame() {
            self.handle(frame);
        }
    }

    /// Flushes when asked to. Ends when the pipe is broken.
    async fn write_stdin(&self, stdin: Option<Watched>) -> Ending {
        let Some(stdin) = stdin else { return std::future::pending().await };
        loop {
            self.flush_wanted.notified().await;
            loop {
                let Ok(mut ready) = stdin.writable().await else { return Ending::StdinClosed };
                let flushed = self.outbox.lock().flush();
                match flushed {
                    Flushed::Empty => break,
                    Flushed::PipeFull => ready.clear_ready(),
                    Flushed::Budget => tokio::task::yield_now().await,
                    Flushed::Broken => return Ending::StdinClosed,
                    Flushed::Closed => {
                        drop(ready);
                        // The server sees the end of its stdin when the last owner of the descriptor lets go.
                        drop(stdin);
                        return std::future::pending().await;
                    }
                }
            }
        }
    }

    async fn read_stderr(&self, stderr: Option<&Watched>) -> Infallible {
        let Some(stderr) = stderr else { return std::future::pending().await };
        loop {
            let Ok(mut ready) = stderr.readable().await else { return std::future::pending().await };
            match self.read_stderr_once(stderr.get_ref()) {
                Err(Errno::EAGAIN) => ready.clear_ready(),
                Ok(0) | Err(_) => return std::future::pending().await,
                Ok(_) => tokio::task::yield_now().await,
            }
        }
    }

    fn read_stderr_once(&self, stderr: &OwnedFd) -> nix::Result<usize> {
        let mut chunk = [0; STDERR_CHUNK];
        let count = nix::unistd::read(stderr, &mut chunk)?;
        self.diagnosis.lock().add_stderr(&chunk[..count]);
        Ok(count)
    }

    /// What a process said before it ended explains its end.
    fn drain_stderr(&self, stderr: &OwnedFd) {
        for _ in 0..READ_BUDGET {
            if self.read_stderr_once(stderr).unwrap_or(0) == 0 {
                return;
            }
        }
    }

    /// Everything that a process wrote before it ended: answers among it are answers.
    fn drain(&self, stdout: &Stdout, splitter: &mut Splitter) {
        // A grandchild may hold the pipe and write on; what is in it now is all that can be an answer.
        for _ in 0..READ_BUDGET * READ_BUDGET {
            match stdout.try_read(splitter.room()) {
                Ok(count) if count > 0 => self.handle_frames(splitter),
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Until somebody says that the process ended, or closed the connection.
    async fn wait_for_exit(&self) -> Ending {
        loop {
            let notified = self.end_wanted.notified();
            if let Some(ending) = self.exit.lock().clone() {
                return ending;
            }
            if self.ended.load(Ordering::Acquire) {
                return Ending::Abandoned;
            }
            notified.await;
        }
    }

    async fn exit_within_grace(&self, ending: Ending) -> Ending {
        tokio::time::timeout(EXIT_GRACE, self.wait_for_exit()).await.unwrap_or(ending)
    }
}

fn watch_output(fd: OwnedFd) -> io::Result<Watched> {
    pipe::set_nonblocking(&fd)?;
    watch(Arc::new(fd), Interest::READABLE)
}

/// Nobody waits for ever because a task was aborted.
struct FailOnDrop<'a>(&'a Connection);

impl Drop for FailOnDrop<'_> {
    fn drop(&mut self) {
        self.0.fail_all(self.0.ending_error(&Ending::Abandoned));
    }
}
