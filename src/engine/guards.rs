//! The guards of this host: one per identity that it has had, the newest in use, and one per manner of sharing its terminal.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::guard_link::GuardLink;
use super::world::World;
use crate::guard::client::{Guard, GuardOptions};
use crate::model::{Result, TerminalMode};
use crate::process::Backend;

/// A guard stays on the list until it has left: the one in use, and those of former identities.
#[derive(Default)]
pub(super) struct Guards {
    current: RefCell<HashMap<Option<TerminalMode>, Rc<GuardLink>>>,
    all: RefCell<Vec<Rc<GuardLink>>>,
    /// Of every guard that this host ever had.
    cookies: RefCell<Vec<String>>,
}

impl Guards {
    /// Those that have not left.
    pub(super) fn all(&self) -> Vec<Rc<GuardLink>> {
        self.all.borrow().clone()
    }

    /// What marks the processes of all guards that this host ever had.
    pub(super) fn cookies(&self) -> Vec<String> {
        self.cookies.borrow().clone()
    }

    /// The next unit goes to a new guard.
    pub(super) fn retire(&self, link: &Rc<GuardLink>) {
        self.current.borrow_mut().retain(|_, used| !Rc::ptr_eq(used, link));
    }

    /// A guard has left.
    pub(super) fn remove(&self, link: &Rc<GuardLink>) {
        self.retire(link);
        self.all.borrow_mut().retain(|known| !Rc::ptr_eq(known, link));
    }
}

impl World {
    /// The guard in use for units that share the terminal like this, started if there is none.
    pub(super) fn current_guard(self: &Rc<Self>, terminal: Option<TerminalMode>) -> Result<Rc<GuardLink>> {
        if let Some(link) = self.guards.current.borrow().get(&terminal) {
            return Ok(Rc::clone(link));
        }
        if self.shared.lifecycle.is_closed() {
            return Err(super::errors::closed());
        }
        if self.shared.config.backend()? == Backend::Portable {
            return Err(super::errors::no_units());
        }
        let binary = self.shared.guard_binary()?;
        let mut options = GuardOptions::new().map_err(super::errors::no_descriptors)?;
        options.state_dir = self.shared.config.state_dir();
        options.cgroup = self.shared.config.wants_cgroup();
        options.terminal = terminal;
        self.guards.cookies.borrow_mut().push(options.cookie.clone());
        let guard = Guard::start(binary, &options)?;
        self.shared.sweep_first(options.state_dir.as_ref());
        let link = GuardLink::open(guard, &options, self)?;
        self.guards.current.borrow_mut().insert(terminal, Rc::clone(&link));
        self.guards.all.borrow_mut().push(Rc::clone(&link));
        Ok(link)
    }
}
