//! The guards of this host: one per identity that it has had, the newest in use.

use std::cell::RefCell;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;

use super::guard_link::GuardLink;
use super::unit_entry::UnitEntry;
use super::world::World;
use crate::guard::client::{Guard, GuardOptions};
use crate::guard::protocol::{Request, SpawnRequest};
use crate::model::Result;
use crate::sys;

/// A guard stays on the list until it has left, the one in use and those of former identities.
#[derive(Default)]
pub(super) struct Guards {
    current: RefCell<Option<Rc<GuardLink>>>,
    all: RefCell<Vec<Rc<GuardLink>>>,
}

impl Guards {
    /// Those that have not left.
    pub(super) fn all(&self) -> Vec<Rc<GuardLink>> {
        self.all.borrow().clone()
    }

    /// The next unit goes to a new guard.
    pub(super) fn retire(&self, link: &Rc<GuardLink>) {
        let mut current = self.current.borrow_mut();
        if current.as_ref().is_some_and(|used| Rc::ptr_eq(used, link)) {
            *current = None;
        }
    }

    /// A guard has left.
    pub(super) fn remove(&self, link: &Rc<GuardLink>) {
        self.retire(link);
        self.all.borrow_mut().retain(|known| !Rc::ptr_eq(known, link));
    }
}

impl World {
    /// Asks the guard in use, started if there is none, to run a unit.
    pub(super) fn ask_guard(self: &Rc<Self>, entry: &Rc<UnitEntry>) -> Result<()> {
        let link = self.current_guard()?;
        let spec = sys::memfd::sealed(&entry.encoded_spec()?).map_err(super::errors::no_descriptors)?;
        let request = Request::Spawn(SpawnRequest {
            unit: entry.number,
            grace_ms: super::guard_link::whole_ms(entry.request.grace),
            leftovers: entry.request.leftovers,
            label: entry.label(),
        });
        let theirs = entry.theirs.borrow();
        let fds: Vec<BorrowedFd<'_>> = std::iter::once(spec.as_fd()).chain(theirs.iter().map(AsFd::as_fd)).collect();
        link.adopt(entry);
        link.send(request, &fds)
    }

    fn current_guard(self: &Rc<Self>) -> Result<Rc<GuardLink>> {
        if let Some(link) = self.guards.current.borrow().as_ref() {
            return Ok(Rc::clone(link));
        }
        let binary = self.shared.guard_binary()?;
        let options = GuardOptions { state_dir: self.shared.config.settings().state_dir, ..GuardOptions::default() };
        let link = GuardLink::open(Guard::start(&binary, &options)?, self)?;
        *self.guards.current.borrow_mut() = Some(Rc::clone(&link));
        self.guards.all.borrow_mut().push(Rc::clone(&link));
        Ok(link)
    }
}
