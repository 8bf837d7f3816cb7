//! A unit between its request and its end, with the descriptors that belong to it.

use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::Interest;
use tokio::sync::Notify;

use super::errors;
use super::guard_link::GuardLink;
use super::unit::{UnitEvent, UnitListener, UnitNumber, UnitRequest, id_of};
use crate::guard::client::seal_spec;
use crate::guard::protocol::UnitEnd;
use crate::model::{ProcessIdentity, ProcessInfo, StdioMode, StopReport};
use crate::sys;
use crate::sys::watch::watch;

/// A character takes at most four of the 256 bytes that a label may have.
const MAX_LABEL_CHARS: usize = 64;

/// Between two looks at a process of which there is no hold.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Bookkeeping of the engine thread for one unit.
pub(super) struct UnitEntry {
    pub(super) number: UnitNumber,
    pub(super) request: UnitRequest,
    /// The guard that runs it or was asked to.
    pub(super) link: RefCell<Option<Rc<GuardLink>>>,
    /// A hold on its first process, once it runs, if there was a descriptor for that.
    pub(super) pidfd: RefCell<Option<Arc<OwnedFd>>>,
    /// Who that is.
    pub(super) identity: RefCell<Option<ProcessIdentity>>,
    /// When the host heard that it runs.
    pub(super) started: Cell<Option<Instant>>,
    /// What a stop did, once it has ended.
    report: RefCell<Option<StopReport>>,
    /// The audit log has its end: several may ask for that, and it happens once.
    pub(super) recorded: Cell<bool>,
    /// Somebody asked for its end.
    pub(super) stopping: Cell<bool>,
    /// While it may end by itself because its stdin was closed: the grace after that.
    pub(super) goodbye: Cell<Option<Duration>>,
    over: Cell<bool>,
    ended: Notify,
    /// What the unit gets. Kept until it runs, because another guard may have to be asked.
    theirs: RefCell<Vec<OwnedFd>>,
    ours: RefCell<[Option<OwnedFd>; 3]>,
    listener: UnitListener,
}

impl UnitEntry {
    /// Makes the streams.
    ///
    /// # Errors
    /// When the host has no descriptors left.
    pub(super) fn new(
        number: UnitNumber,
        request: UnitRequest,
        listener: UnitListener,
    ) -> Result<Self, (io::Error, UnitListener)> {
        let mut theirs = Vec::with_capacity(3);
        let mut ours = [None, None, None];
        for (index, mode) in request.stdio.into_iter().enumerate() {
            match stream(index, mode) {
                Ok((unit_end, host_end)) => {
                    theirs.push(unit_end);
                    ours[index] = host_end;
                }
                Err(error) => return Err((error, listener)),
            }
        }
        Ok(Self {
            number,
            request,
            link: RefCell::default(),
            pidfd: RefCell::default(),
            identity: RefCell::default(),
            started: Cell::new(None),
            report: RefCell::default(),
            recorded: Cell::new(false),
            stopping: Cell::new(false),
            goodbye: Cell::new(None),
            over: Cell::new(false),
            ended: Notify::new(),
            theirs: RefCell::new(theirs),
            ours: RefCell::new(ours),
            listener,
        })
    }

    /// What a guard needs: the sealed command, then the unit's ends of the streams.
    ///
    /// # Errors
    /// When the host has no descriptors or memory left.
    pub(super) fn outgoing(&self) -> io::Result<Vec<OwnedFd>> {
        let mut fds = vec![seal_spec(&self.request.spec)?];
        for theirs in self.theirs.borrow().iter() {
            fds.push(theirs.try_clone()?);
        }
        Ok(fds)
    }

    /// What the ledger calls it: the program, without arguments, which may hold secrets.
    pub(super) fn label(&self) -> String {
        let name = String::from_utf8_lossy(&self.request.spec.command);
        name.chars().take(MAX_LABEL_CHARS).collect()
    }

    /// The host's ends, once; what the unit got is closed here.
    pub(super) fn take_streams(&self) -> [Option<OwnedFd>; 3] {
        self.theirs.borrow_mut().clear();
        self.ours.take()
    }

    /// Nothing of it is left, as far as the report says; tells so.
    pub(super) fn finish(&self, mut end: UnitEnd) {
        end.stop.processes_mut().for_each(|process| self.describe(process));
        *self.report.borrow_mut() = Some(end.stop.clone());
        let started = self.started.get().is_some();
        // Stopped between the fork and the exec: the caller never had it.
        self.tell(if started { UnitEvent::Ended(end) } else { UnitEvent::Failed(errors::closed()) });
        self.end();
    }

    /// The guard tells numbers; what its first process was started as is known here.
    fn describe(&self, process: &mut ProcessInfo) {
        process.unit = Some(id_of(self.number));
        if process.argv.is_empty() && self.identity.borrow().as_ref() == Some(&process.identity) {
            process.argv = self.request.spec.argv();
        }
    }

    /// Nobody waits for it any more.
    pub(super) fn end(&self) {
        self.over.set(true);
        self.ended.notify_waiters();
    }

    pub(super) async fn wait_until_ended(&self) {
        let ended = self.ended.notified();
        if !self.over.get() {
            ended.await;
        }
    }

    /// For a unit whose guard cannot tell.
    pub(super) async fn wait_until_first_is_gone(&self) {
        loop {
            let (known, identity) = (self.pidfd.borrow().clone(), self.identity.borrow().clone());
            let Some(identity) = identity else { return };
            match known.map_or_else(|| sys::procfs::hold(&identity).map(Arc::new), Ok) {
                Ok(pidfd) => {
                    if let Ok(watched) = watch(pidfd, Interest::READABLE) {
                        let _ = watched.readable().await;
                    }
                    return;
                }
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return,
                // Nothing is free to take hold of it by.
                Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// What was done to end it. Empty until then, and for one that was never started.
    pub(super) fn stop_report(&self) -> StopReport {
        self.report.borrow().clone().unwrap_or_default()
    }

    pub(super) fn tell(&self, event: UnitEvent) {
        (self.listener)(event);
    }
}

/// One stream: the unit's end, and the host's if there is a pipe between.
fn stream(index: usize, mode: StdioMode) -> io::Result<(OwnedFd, Option<OwnedFd>)> {
    match mode {
        StdioMode::Ignore => Ok((sys::fd::null()?.into(), None)),
        StdioMode::Inherit => Ok((inherited(index)?, None)),
        StdioMode::Pipe => {
            let (reader, writer) = sys::fd::pipe()?;
            Ok(if index == 0 { (reader, Some(writer)) } else { (writer, Some(reader)) })
        }
    }
}

fn inherited(index: usize) -> io::Result<OwnedFd> {
    match index {
        0 => io::stdin().as_fd().try_clone_to_owned(),
        1 => io::stdout().as_fd().try_clone_to_owned(),
        _ => io::stderr().as_fd().try_clone_to_owned(),
    }
}
