//! The server starts under way, so that somebody can give one up. Starts nothing and stops nothing itself.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use tokio::sync::Notify;

use super::unit::UnitNumber;

/// One start, from its first caller until the server is warm or has failed.
#[derive(Debug, Default)]
pub(super) struct Start {
    unit: Cell<Option<UnitNumber>>,
    given_up: Notify,
}

impl Start {
    /// The process of the server runs in this unit.
    pub(super) fn runs_in(&self, unit: UnitNumber) {
        self.unit.set(Some(unit));
    }

    /// The unit, once there is one.
    pub(super) fn unit(&self) -> Option<UnitNumber> {
        self.unit.get()
    }

    /// Until nobody wants the server any more.
    pub(super) async fn given_up(&self) {
        self.given_up.notified().await;
    }
}

/// Number of an instance → its start.
#[derive(Debug, Default)]
pub(super) struct Starts {
    open: RefCell<HashMap<u64, Rc<Start>>>,
}

impl Starts {
    pub(super) fn begin(&self, instance: u64) -> Rc<Start> {
        let start = Rc::new(Start::default());
        self.open.borrow_mut().insert(instance, Rc::clone(&start));
        start
    }

    pub(super) fn end(&self, instance: u64) {
        self.open.borrow_mut().remove(&instance);
    }

    /// Ends the wait for a server; the caller stops its unit.
    pub(super) fn give_up(&self, instance: u64) -> Option<Rc<Start>> {
        let start = self.open.borrow().get(&instance).cloned();
        start.inspect(|start| start.given_up.notify_one())
    }
}
