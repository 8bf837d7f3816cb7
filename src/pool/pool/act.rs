//! The one way into the state of a pool: change it under the lock, and do what follows from that when the lock is released.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::{Inner, Pool};
use crate::model::Result;
use crate::pool::effect::Effect;
use crate::pool::hands::Hands;
use crate::pool::held::Held;

/// What is left to do when the lock is released.
enum Task<H: Hands> {
    Answer(oneshot::Sender<Result<Held<H>>>, Result<Held<H>>),
    Effect(Effect),
}

impl<H: Hands> Pool<H> {
    /// Changes the state, then does what follows from it, outside the lock.
    pub(super) fn act<R>(self: &Arc<Self>, change: impl FnOnce(&mut Inner<H>, Instant) -> R) -> R {
        let now = Instant::now();
        let mut inner = self.inner.lock();
        let before = inner.state.holdings.removed;
        let result = change(&mut inner, now);
        let tasks = self.tasks(&mut inner, now);
        let hint = inner.state.take_hint();
        let wake = hint.is_some_and(|at| inner.armed.is_none_or(|armed| at < armed));
        if wake {
            inner.armed = hint;
        }
        let fewer = inner.state.holdings.removed > before;
        if fewer {
            let Inner { state, instances, .. } = &mut *inner;
            instances.retain(|number, _| state.holdings.instances.contains_key(number));
        }
        let wake = wake || (fewer && inner.state.closed);
        drop(inner);
        if wake {
            self.earlier.notify_one();
        }
        tasks.into_iter().for_each(|task| self.carry_out(task));
        if fewer {
            self.gone.notify_waiters();
        }
        result
    }

    fn tasks(self: &Arc<Self>, inner: &mut Inner<H>, now: Instant) -> Vec<Task<H>> {
        let effects = inner.state.take_effects();
        if effects.is_empty() {
            return Vec::new();
        }
        let tasks = effects.into_iter().filter_map(|effect| match effect {
            Effect::Granted { ticket, instance } => {
                let waiter = inner.waiting.remove(&ticket)?;
                let payload = inner.instances.get(&instance)?;
                let held = self.held(instance, payload, waiter.purpose, waiter.session, now);
                Some(Task::Answer(waiter.answer, Ok(held)))
            }
            Effect::Refused { ticket, error } => {
                inner.waiting.remove(&ticket).map(|waiter| Task::Answer(waiter.answer, Err(error)))
            }
            other => Some(Task::Effect(other)),
        });
        tasks.collect()
    }

    fn carry_out(self: &Arc<Self>, task: Task<H>) {
        match task {
            // Who does not wait any more gives back what he got.
            Task::Answer(answer, outcome) => drop(answer.send(outcome)),
            Task::Effect(Effect::Start { instance, handlers }) => self.hands.start(self, instance, handlers),
            Task::Effect(Effect::Stop { instance, grace }) => self.hands.stop(self, instance, grace),
            Task::Effect(Effect::Moved { lease, instance }) => self.hands.moved(self, lease, instance),
            Task::Effect(Effect::Notice(notice)) => self.hands.notice(self, notice),
            Task::Effect(Effect::Event(event)) => self.hands.event(self, event),
            // Became answers.
            Task::Effect(Effect::Granted { .. } | Effect::Refused { .. }) => {}
        }
    }
}
