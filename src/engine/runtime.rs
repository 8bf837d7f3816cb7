//! The engine thread: one current-thread tokio runtime, started with the first job and idle between jobs.
//!
//! Owns the thread and the way onto it. Must not know what the jobs are about. State that lives on the thread is not `Send` and
//! needs no locks; it is made on the thread, once, and handed to every job.

use std::rc::Rc;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use crate::model::{Error, ErrorCode, Result};
use crate::sys;

type Job<S> = Box<dyn FnOnce(&Rc<S>) + Send>;

/// The way onto the engine thread.
pub(crate) struct Runtime<S: 'static> {
    jobs: mpsc::UnboundedSender<Job<S>>,
}

impl<S: 'static> Runtime<S> {
    /// Starts the thread; `make` builds its state there.
    ///
    /// # Errors
    /// `ERR_NATIVE` when the machine refuses the thread or its event queue.
    pub(crate) fn start(make: impl FnOnce() -> S + Send + 'static) -> Result<Self> {
        let (jobs, mut inbox) = mpsc::unbounded_channel::<Job<S>>();
        let runtime =
            Builder::new_current_thread().enable_io().enable_time().build().map_err(thread_refused)?;
        let body = move || {
            sys::signal::block_all();
            let local = LocalSet::new();
            local.block_on(&runtime, async move {
                let state = Rc::new(make());
                while let Some(job) = inbox.recv().await {
                    job(&state);
                }
            });
        };
        thread::Builder::new().name("procman-engine".into()).spawn(body).map_err(thread_refused)?;
        Ok(Self { jobs })
    }

    /// Queues a job. Jobs run in the order in which they were queued; a job must not block.
    pub(crate) fn run(&self, job: impl FnOnce(&Rc<S>) + Send + 'static) {
        // The receiver lives as long as the thread, and the thread as long as this sender.
        let _ = self.jobs.send(Box::new(job));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn thread_refused(error: std::io::Error) -> Error {
    Error::new(
        ErrorCode::Native,
        format!(
            "the engine thread could not be started: {error}; raise the limits on threads and descriptors"
        ),
    )
}
