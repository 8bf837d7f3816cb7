//! The instance of each named server.
//!
//! | state | `checkout` | `started(Ok)` | `started(Err)` | `lost` / `take` |
//! |---|---|---|---|---|
//! | absent | → starting, `Start` | – | – | – |
//! | starting | one more waiter, `Wait` | → ready, waiters get it | → absent, waiters get the error | – |
//! | ready | `Ready` | – | – | → absent |

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::model::Result;

/// What a caller of a server is to do.
pub(crate) enum Checkout<I> {
    /// Use this instance.
    Ready(Arc<I>),
    /// Start one, tell [`Servers::started`], and wait here like everybody else.
    Start(oneshot::Receiver<Result<Arc<I>>>),
    /// Somebody starts it already.
    Wait(oneshot::Receiver<Result<Arc<I>>>),
}

enum State<I> {
    Starting(Vec<oneshot::Sender<Result<Arc<I>>>>),
    Ready(Arc<I>),
}

/// Server name → its instance. Any thread may ask.
pub(crate) struct Servers<I> {
    states: Mutex<HashMap<String, State<I>>>,
}

impl<I> Default for Servers<I> {
    fn default() -> Self {
        Self { states: Mutex::default() }
    }
}

impl<I> Servers<I> {
    /// The warm instance, if there is one.
    pub(crate) fn ready(&self, name: &str) -> Option<Arc<I>> {
        match self.states.lock().get(name)? {
            State::Ready(instance) => Some(Arc::clone(instance)),
            State::Starting(_) => None,
        }
    }

    /// Takes part in the instance of `name`.
    pub(crate) fn checkout(&self, name: &str) -> Checkout<I> {
        let mut states = self.states.lock();
        match states.get_mut(name) {
            Some(State::Ready(instance)) => Checkout::Ready(Arc::clone(instance)),
            Some(State::Starting(waiters)) => Checkout::Wait(join(waiters)),
            None => {
                let mut waiters = Vec::new();
                let receiver = join(&mut waiters);
                states.insert(name.to_owned(), State::Starting(waiters));
                Checkout::Start(receiver)
            }
        }
    }

    /// The start that [`Checkout::Start`] asked for is over.
    pub(crate) fn started(&self, name: &str, outcome: &Result<Arc<I>>) {
        let mut states = self.states.lock();
        let previous = match outcome {
            Ok(instance) => states.insert(name.to_owned(), State::Ready(Arc::clone(instance))),
            Err(_) => states.remove(name),
        };
        drop(states);
        if let Some(State::Starting(waiters)) = previous {
            for waiter in waiters {
                // A waiter whose call has ended meanwhile needs no answer.
                let _ = waiter.send(outcome.clone());
            }
        }
    }

    /// The instance died. False: it was not, or no longer, the one in use.
    pub(crate) fn lost(&self, name: &str, instance: &Arc<I>) -> bool {
        let mut states = self.states.lock();
        let current = matches!(states.get(name), Some(State::Ready(known)) if Arc::ptr_eq(known, instance));
        if current {
            states.remove(name);
        }
        current
    }

    /// Takes the instance out of use; the next call starts a new one.
    pub(crate) fn take(&self, name: &str) -> Option<Arc<I>> {
        let mut states = self.states.lock();
        if !matches!(states.get(name), Some(State::Ready(_))) {
            return None;
        }
        match states.remove(name) {
            Some(State::Ready(instance)) => Some(instance),
            _ => None,
        }
    }

    /// The names that have a warm instance.
    pub(crate) fn running(&self) -> Vec<String> {
        let states = self.states.lock();
        states
            .iter()
            .filter(|(_, state)| matches!(state, State::Ready(_)))
            .map(|(name, _)| name.clone())
            .collect()
    }
}

fn join<I>(waiters: &mut Vec<oneshot::Sender<Result<Arc<I>>>>) -> oneshot::Receiver<Result<Arc<I>>> {
    let (sender, receiver) = oneshot::channel();
    waiters.push(sender);
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Error, ErrorCode};

    #[test]
    fn one_start_serves_all_who_wait() {
        let servers = Servers::<u8>::default();
        let Checkout::Start(mut first) = servers.checkout("a") else { panic!("the first caller starts it") };
        let Checkout::Wait(mut second) = servers.checkout("a") else { panic!("the second caller waits") };
        servers.started("a", &Ok(Arc::new(7)));
        assert_eq!(*first.try_recv().unwrap().unwrap(), 7);
        assert_eq!(*second.try_recv().unwrap().unwrap(), 7);
        assert!(matches!(servers.checkout("a"), Checkout::Ready(_)));
    }

    #[test]
    fn failed_start_is_told_to_all_and_forgotten() {
        let servers = Servers::<u8>::default();
        let Checkout::Start(mut waiter) = servers.checkout("a") else { panic!() };
        servers.started("a", &Err(Error::new(ErrorCode::ServerStart, "no")));
        assert!(waiter.try_recv().unwrap().is_err());
        assert!(matches!(servers.checkout("a"), Checkout::Start(_)));
    }

    #[test]
    fn death_of_a_replaced_instance_leaves_its_successor() {
        let servers = Servers::<u8>::default();
        let (old, new) = (Arc::new(1), Arc::new(2));
        servers.started("a", &Ok(Arc::clone(&old)));
        assert!(servers.lost("a", &old));
        servers.started("a", &Ok(Arc::clone(&new)));
        assert!(!servers.lost("a", &old));
        assert!(servers.ready("a").is_some());
    }
}
