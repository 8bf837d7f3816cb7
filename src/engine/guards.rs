//! The guards of this host: one per identity that it has had, the newest in use.

use std::cell::RefCell;
use std::rc::Rc;

use super::guard_link::GuardLink;
use super::world::World;
use crate::guard::client::{Guard, GuardOptions};
use crate::model::Result;

/// A guard stays on the list until it has left: the one in use, and those of former identities.
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
    /// The guard in use, started if there is none.
    pub(super) fn current_guard(self: &Rc<Self>) -> Result<Rc<GuardLink>> {
        if let Some(link) = self.guards.current.borrow().as_ref() {
            return Ok(Rc::clone(link));
        }
        if self.shared.lifecycle.is_closed() {
            return Err(super::errors::closed());
        }
        let binary = self.shared.guard_binary()?;
        let mut options = GuardOptions::new().map_err(super::errors::no_descriptors)?;
        options.state_dir = self.shared.config.state_dir();
        options.cgroup = self.shared.config.wants_cgroup();
        let link = GuardLink::open(Guard::start(binary, &options)?, self)?;
        *self.guards.current.borrow_mut() = Some(Rc::clone(&link));
        self.guards.all.borrow_mut().push(Rc::clone(&link));
        Ok(link)
    }
}
