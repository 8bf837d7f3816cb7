//! A pool for all threads: the state under one short lock, and the way from its decisions to those who wait or act.

mod act;
mod clock;
mod instance_news;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::ask::{Answer, Ask, Purpose};
use super::effect::PoolEvent;
use super::hands::{Hands, Serves};
use super::held::{Asked, Held, Waiting, WaitingPlace};
use super::ids;
use super::restart_policy::RestartPolicy;
use super::state::PoolState;
use super::wait_queue::Ticket;

use crate::model::{Error, PoolSettings, Result};

/// One pool.
pub(crate) struct Pool<H: Hands> {
    pub(crate) number: u64,
    pub(crate) name: Box<str>,
    hands: H,
    inner: Mutex<Inner<H>>,
    /// Wakes the clock: something is due before what it sleeps for.
    earlier: Notify,
    /// Tells of every instance of which nothing is left.
    gone: Notify,
}

struct Inner<H: Hands> {
    state: PoolState,
    instances: HashMap<u64, Arc<H::Instance>>,
    waiting: HashMap<Ticket, Waiter<H>>,
    armed: Option<Instant>,
}

struct Waiter<H: Hands> {
    answer: oneshot::Sender<Result<Held<H>>>,
    purpose: Purpose,
    session: Option<Box<str>>,
}

impl<H: Hands> Pool<H> {
    pub(crate) fn new(
        name: &str,
        settings: PoolSettings,
        policy: Box<dyn RestartPolicy>,
        hands: H,
    ) -> Arc<Self> {
        let state = PoolState::new(name, settings, policy);
        Arc::new(Self {
            number: ids::next(),
            name: name.into(),
            hands,
            inner: Mutex::new(Inner {
                state,
                instances: HashMap::new(),
                waiting: HashMap::new(),
                armed: None,
            }),
            earlier: Notify::new(),
            gone: Notify::new(),
        })
    }

    /// Asks for an instance. One that died unnoticed is reported and never handed out.
    pub(crate) fn ask(self: &Arc<Self>, ask: &Ask) -> Asked<H> {
        loop {
            let asked = self.act(|inner, now| match inner.state.ask(ask.clone(), now) {
                Answer::Ready(number) => match inner.instances.get(&number) {
                    Some(instance) => {
                        Asked::Ready(self.held(number, instance, ask.purpose, ask.session.clone(), now))
                    }
                    // The state names only what was put in beside it.
                    None => Asked::Cold,
                },
                Answer::Waits(ticket) => {
                    let (answer, receiver) = oneshot::channel();
                    let waiter = Waiter { answer, purpose: ask.purpose, session: ask.session.clone() };
                    inner.waiting.insert(ticket, waiter);
                    let place = WaitingPlace { pool: Arc::clone(self), ticket };
                    Asked::Waits(Waiting { place, answer: receiver })
                }
                Answer::Cold => Asked::Cold,
                Answer::Refused(error) => Asked::Refused(error),
            });
            match asked {
                Asked::Ready(held) if held.instance().is_dead() => {
                    let (number, failure) = (held.number, held.instance().failure());
                    drop(held);
                    self.lost(number, "crash", failure.as_ref());
                }
                other => return other,
            }
        }
    }

    pub(crate) fn withdraw(self: &Arc<Self>, ticket: Ticket) -> bool {
        self.act(|inner, now| {
            inner.waiting.remove(&ticket);
            inner.state.withdraw(ticket, now)
        })
    }

    /// Gives a lease back. False: it was before.
    pub(crate) fn release(self: &Arc<Self>, lease: u64) -> bool {
        self.act(|inner, now| inner.state.release(lease, now))
    }

    pub(super) fn call_done(self: &Arc<Self>, instance: u64, session: Option<&str>, since: Instant) {
        self.act(|inner, now| inner.state.call_done(instance, session, since, now));
    }

    /// Forgets a session. False: nobody knew it.
    pub(crate) fn end_session(self: &Arc<Self>, id: &str) -> bool {
        self.act(|inner, now| inner.state.end_session(id, now))
    }

    /// Stops all instances; who waits gets `error`. The pool goes on.
    pub(crate) fn empty(self: &Arc<Self>, error: &Error, grace: Option<Duration>) {
        self.act(|inner, now| inner.state.empty(error, grace, now));
    }

    /// Stops all instances and takes no more work.
    pub(crate) fn close(self: &Arc<Self>, grace: Option<Duration>) {
        self.act(|inner, now| inner.state.close(grace, now));
        self.earlier.notify_one();
    }

    /// Takes other settings; they count from now on.
    pub(crate) fn configure(
        self: &Arc<Self>,
        change: impl FnOnce(&PoolSettings) -> Result<PoolSettings>,
    ) -> Result<()> {
        self.act(|inner, now| {
            inner.state.holdings.settings = change(&inner.state.holdings.settings)?;
            let max_restarts = inner.state.holdings.settings.max_restarts;
            inner.state.policy.limit(max_restarts);
            inner.state.serve(now);
            Ok(())
        })?;
        // Other times may be due sooner.
        self.earlier.notify_one();
        Ok(())
    }

    /// Tells of something that the layer above saw.
    pub(crate) fn tell(self: &Arc<Self>, event: PoolEvent) {
        self.hands.event(self, event);
    }

    pub(crate) fn hands(&self) -> &H {
        &self.hands
    }

    /// Looks at the state.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&PoolState) -> R) -> R {
        look(&self.inner.lock().state)
    }

    /// The instance of a number, from its start until nothing of it is left.
    pub(crate) fn instance(&self, number: u64) -> Option<Arc<H::Instance>> {
        self.inner.lock().instances.get(&number).cloned()
    }

    fn held(
        self: &Arc<Self>,
        number: u64,
        instance: &Arc<H::Instance>,
        purpose: Purpose,
        session: Option<Box<str>>,
        since: Instant,
    ) -> Held<H> {
        Held {
            pool: Arc::clone(self),
            number,
            instance: Arc::clone(instance),
            purpose: Some(purpose),
            session,
            since,
        }
    }
}
