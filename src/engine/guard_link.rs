//! The line to one guard: requests go out in order, events come in, and its death is noticed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use super::shared::Shared;
use super::world::World;
use crate::guard::client::{Guard, GuardOptions, Received, Sent};
use crate::guard::protocol::{Capabilities, Request};
use crate::model::{Error, Result};
use crate::sys::seqpacket;
use crate::sys::wait::ExitStatus;
use crate::sys::watch::watch;

/// How long the start of a unit may be refused by the kernel before it fails.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(1);

/// Between two tries.
const REFUSAL_PAUSE: Duration = Duration::from_millis(20);

/// A guard as the engine talks to it.
pub(super) struct GuardLink {
    guard: Guard,
    /// What marks the processes of its units.
    pub(super) cookie: String,
    /// Where its ledger is.
    state_dir: Option<PathBuf>,
    /// The guard's socket, watched.
    socket: AsyncFd<Arc<OwnedFd>>,
    /// What the socket did not take yet.
    outbox: RefCell<VecDeque<(Request, Vec<OwnedFd>)>>,
    flush_wanted: Notify,
    /// Since when the kernel passes no descriptors on: what waits behind the first that was refused is not to wait as long again.
    refused_since: Cell<Option<Instant>>,
    pub(super) capabilities: Cell<Option<Capabilities>>,
    gone: Cell<bool>,
    left: Notify,
}

impl GuardLink {
    /// Listens to a guard that was just started.
    pub(super) fn open(guard: Guard, options: &GuardOptions, world: &Rc<World>) -> Result<Rc<Self>> {
        let both = Interest::READABLE | Interest::WRITABLE;
        let socket = guard.as_fd().try_clone_to_owned().map_err(super::errors::no_descriptors)?;
        let link = Rc::new(Self {
            socket: watch(Arc::new(socket), both).map_err(super::errors::no_descriptors)?,
            guard,
            cookie: options.cookie.clone(),
            state_dir: options.state_dir.clone(),
            outbox: RefCell::default(),
            flush_wanted: Notify::new(),
            refused_since: Cell::new(None),
            capabilities: Cell::new(None),
            gone: Cell::new(false),
            left: Notify::new(),
        });
        let (served, world) = (Rc::clone(&link), Rc::clone(world));
        spawn_local(async move {
            let cause = tokio::select! {
                cause = served.listen(&world) => cause,
                never = served.flush(&world) => match never {},
            };
            // One that cannot be talked to may run still, and would keep its units for ever.
            served.guard.hang_up();
            // Side by side: units of a guard that died may wait for what the sweep behind it does.
            tokio::join!(world.guard_gone(&served, cause), served.bury(&world.shared));
            world.guards.remove(&served);
            served.gone.set(true);
            served.left.notify_waiters();
        });
        Ok(link)
    }

    /// Sends a request behind those that wait.
    pub(super) fn send(&self, request: Request, fds: Vec<OwnedFd>) {
        self.outbox.borrow_mut().push_back((request, fds));
        self.flush_wanted.notify_one();
    }

    /// Until the guard has left.
    pub(super) async fn wait_until_left(&self) {
        let left = self.left.notified();
        if !self.gone.get() {
            left.await;
        }
    }

    /// Hands every event to the world; ends with the socket. The error says why a guard cannot be talked to.
    async fn listen(self: &Rc<Self>, world: &Rc<World>) -> Option<Error> {
        loop {
            let Ok(mut ready) = self.socket.readable().await else { return None };
            match self.guard.recv() {
                Ok(Received::Event(event)) => world.heard(self, *event),
                Ok(Received::WouldBlock) => ready.clear_ready(),
                Ok(Received::End) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    /// Waits until the guard's process is gone and takes its zombie away. Nothing else of this host waits for it. A guard that did not leave in
    /// order left a ledger, and perhaps more.
    async fn bury(&self, shared: &Arc<Shared>) {
        if let Ok(watched) = watch(self.guard.shared_pidfd(), Interest::READABLE) {
            let _ = watched.readable().await;
        }
        let left_in_order = matches!(self.guard.reap(), Ok(Some(ExitStatus::Code(0))));
        if let Some(folder) = self.state_dir.clone().filter(|_| !left_in_order) {
            shared.sweep_behind(folder);
        }
    }

    async fn flush(&self, world: &World) -> std::convert::Infallible {
        loop {
            self.flush_wanted.notified().await;
            loop {
                let next = self.outbox.borrow_mut().pop_front();
                let Some((request, fds)) = next else {
                    // Who comes later waits behind nobody.
                    self.refused_since.set(None);
                    break;
                };
                if let Err(error) = self.send_now(&request, &fds).await {
                    world.not_sent(&request, &error);
                }
            }
        }
    }

    async fn send_now(&self, request: &Request, fds: &[OwnedFd]) -> io::Result<()> {
        loop {
            let Ok(mut ready) = self.socket.writable().await else { return Ok(()) };
            let borrowed: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
            match self.guard.send(request, &borrowed) {
                Ok(Sent::WouldBlock) => ready.clear_ready(),
                Ok(Sent::Sent) => {
                    if !fds.is_empty() {
                        self.refused_since.set(None);
                    }
                    return Ok(());
                }
                // A guard that is gone is noticed by its socket's end.
                Err(error) if matches!(error.raw_os_error(), Some(libc::EPIPE | libc::ECONNRESET)) => {
                    return Ok(());
                }
                Err(error) => self.bide(request, error).await?,
            }
        }
    }

    /// Waits a moment after a refusal that may pass. A start has a time to which somebody looks; a stop is tried until it goes.
    async fn bide(&self, request: &Request, error: io::Error) -> io::Result<()> {
        let since = self.refused_since.get().unwrap_or_else(Instant::now);
        self.refused_since.set(Some(since));
        let is_patient = !matches!(request, Request::Spawn(_)) || since.elapsed() < REFUSAL_PATIENCE;
        if !is_patient || !seqpacket::may_pass_later(&error) {
            return Err(error);
        }
        tokio::time::sleep(REFUSAL_PAUSE).await;
        Ok(())
    }
}

/// A time as the protocol carries it.
pub(super) fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
