//! The line to one guard: requests go out in order, events come in, and its death is noticed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use super::unit::UnitNumber;
use super::unit_entry::UnitEntry;
use super::world::World;
use crate::guard::client::{Guard, Received};
use crate::guard::protocol::{Capabilities, Request};
use crate::model::Result;

/// A guard as the engine talks to it.
pub(super) struct GuardLink {
    guard: AsyncFd<Guard>,
    /// The units that it runs, or was asked to run.
    pub(super) units: RefCell<HashMap<UnitNumber, Rc<UnitEntry>>>,
    pub(super) capabilities: Cell<Option<Capabilities>>,
    /// Set when its socket has ended.
    gone: Cell<bool>,
    left: Notify,
}

impl GuardLink {
    /// Listens to a guard that was just started.
    pub(super) fn open(guard: Guard, world: &Rc<World>) -> Result<Rc<Self>> {
        let guard = AsyncFd::with_interest(guard, Interest::READABLE | Interest::WRITABLE)
            .map_err(super::errors::no_descriptors)?;
        let link = Rc::new(Self {
            guard,
            units: RefCell::default(),
            capabilities: Cell::new(None),
            gone: Cell::new(false),
            left: Notify::new(),
        });
        let (listening, world) = (Rc::clone(&link), Rc::clone(world));
        spawn_local(async move {
            listening.listen(&world).await;
            world.guard_gone(&listening).await;
            listening.gone.set(true);
            listening.left.notify_waiters();
        });
        Ok(link)
    }
}
