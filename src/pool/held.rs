//! A use of an instance, given back when it is dropped; and the wait for one, withdrawn when it is dropped.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::ask::Purpose;
use super::hands::Hands;
use super::pool::Pool;
use super::wait_queue::Ticket;
use crate::model::{Error, Result};

/// A use of an instance.
pub(crate) struct Held<H: Hands> {
    pub(super) pool: Arc<Pool<H>>,
    pub(super) number: u64,
    pub(super) instance: Arc<H::Instance>,
    pub(super) purpose: Option<Purpose>,
    pub(super) session: Option<Box<str>>,
    /// When it began.
    pub(super) since: Instant,
}

impl<H: Hands> Held<H> {
    pub(crate) fn instance(&self) -> &Arc<H::Instance> {
        &self.instance
    }

    pub(crate) fn pool(&self) -> &Arc<Pool<H>> {
        &self.pool
    }

    /// Of the instance.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// A lease that its holder gives back by its number.
    pub(crate) fn keep(mut self) {
        self.purpose = None;
    }
}

impl<H: Hands> Drop for Held<H> {
    fn drop(&mut self) {
        match self.purpose.take() {
            None => {}
            Some(Purpose::Lease(lease)) => drop(self.pool.release(lease)),
            Some(Purpose::Call | Purpose::LeaseCall(_)) => {
                self.pool.call_done(self.number, self.session.as_deref(), self.since);
            }
        }
    }
}

/// A place in the queue.
pub(crate) struct Waiting<H: Hands> {
    pub(super) place: WaitingPlace<H>,
    pub(super) answer: oneshot::Receiver<Result<Held<H>>>,
}

impl<H: Hands> Waiting<H> {
    /// For somebody else who may give the place up.
    pub(crate) fn place(&self) -> WaitingPlace<H> {
        self.place.clone()
    }

    /// Until the turn comes. `None`: the place was given up.
    pub(crate) async fn turn(mut self) -> Option<Result<Held<H>>> {
        (&mut self.answer).await.ok()
    }
}

impl<H: Hands> Drop for Waiting<H> {
    fn drop(&mut self) {
        self.place.give_up();
    }
}

/// Where one waits.
pub(crate) struct WaitingPlace<H: Hands> {
    pub(super) pool: Arc<Pool<H>>,
    pub(super) ticket: Ticket,
}

impl<H: Hands> WaitingPlace<H> {
    /// Leaves the queue. False: the turn came before.
    pub(crate) fn give_up(&self) -> bool {
        self.pool.withdraw(self.ticket)
    }
}

impl<H: Hands> Clone for WaitingPlace<H> {
    fn clone(&self) -> Self {
        Self { pool: Arc::clone(&self.pool), ticket: self.ticket }
    }
}

/// What the pool says to one who asks.
pub(crate) enum Asked<H: Hands> {
    /// Here it is.
    Ready(Held<H>),
    /// Wait for it.
    Waits(Waiting<H>),
    /// Come again with what a start needs.
    Cold,
    /// No.
    Refused(Error),
}
