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

/// Server name → its start.
#[derive(Debug, Default)]
pub(super) struct Starts {
    open: RefCell<HashMap<String, Rc<Start>>>,
}

impl Starts {
    pub(super) fn begin(&self, server: &str) -> Rc<Start> {
        let start = Rc::new(Start::default());
        self.open.borrow_mut().insert(server.to_owned(), Rc::clone(&start));
        start
    }

    pub(super) fn end(&self, server: &str) {
        self.open.borrow_mut().remove(server);
    }

    /// Ends the wait for a server; the caller stops its unit.
    pub(super) fn give_up(&self, server: &str) -> Option<Rc<Start>> {
        let start = self.open.borrow().get(server).cloned();
        start.inspect(|start| start.given_up.notify_one())
    }

    pub(super) fn give_up_all(&self) {
        self.open.borrow().values().for_each(|start| start.given_up.notify_one());
    }
}
