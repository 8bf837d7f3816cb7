//! The instances under watch, and the one clock that looks at them.
//!
//! The clock runs on the engine thread while an instance serves, once a second or as often as one of them grows, and not at all otherwise.
//! What is read of `/proc` is read on a helper thread, so that no call waits for it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::{spawn_blocking, spawn_local};

use super::instance::Instance;
use super::pool_hands::ServerPool;
use super::tree_reading::{Lent, read};
use super::unit::UnitNumber;
use super::watch::{Verdict, Watch};
use super::world::World;

/// A clock that comes later than this (the machine or the host was stopped) blames nobody for his silence.
const PAUSED: Duration = Duration::from_secs(2);

/// Number of an instance → its watch.
#[derive(Default)]
pub(super) struct Watches {
    open: RefCell<BTreeMap<u64, Watch>>,
    ticking: Cell<bool>,
    /// Wakes the clock: there is a new one to look at.
    earlier: Notify,
}

impl Watches {
    /// The pool and the instance that runs in a unit.
    pub(super) fn instance_in(&self, unit: UnitNumber) -> Option<(Arc<ServerPool>, u64)> {
        let open = self.open.borrow();
        let watch = open.values().find(|watch| watch.instance.unit == unit)?;
        Some((Arc::clone(&watch.pool), watch.number))
    }

    /// The pool and the instance of this number.
    pub(super) fn under(&self, number: u64) -> Option<(Arc<ServerPool>, Arc<Instance>)> {
        let open = self.open.borrow();
        open.get(&number).map(|watch| (Arc::clone(&watch.pool), Arc::clone(&watch.instance)))
    }
}

impl World {
    /// Looks after an instance from now on.
    pub(super) fn watch(self: &Rc<Self>, pool: &Arc<ServerPool>, number: u64, instance: &Arc<Instance>) {
        let Some(handle) = self.shared.units.get(instance.unit) else { return };
        let watch = Watch::new(Arc::clone(pool), number, Arc::clone(instance), handle.shim, Instant::now());
        self.watches.open.borrow_mut().insert(number, watch);
        self.watches.earlier.notify_one();
        if !self.watches.ticking.replace(true) {
            let world = Rc::clone(self);
            spawn_local(async move { world.keep_watch().await });
        }
    }

    async fn keep_watch(self: Rc<Self>) {
        loop {
            self.forget_ended();
            let Some(at) = self.watches.next_look() else {
                self.watches.ticking.set(false);
                return;
            };
            tokio::select! {
                () = tokio::time::sleep_until(at.into()) => {}
                () = self.watches.earlier.notified() => continue,
            }
            let now = Instant::now();
            let due = self.watches.due(now);
            self.look_at_memory(&due, now).await;
            if now - at < PAUSED {
                self.look_at_health(&due);
            }
        }
    }

    fn forget_ended(&self) {
        let lives = |watch: &Watch| {
            let known = |state: &crate::pool::PoolState| {
                state.instance(watch.number).is_some_and(crate::pool::InstanceState::is_in_use)
            };
            watch.pool.look(known)
        };
        self.watches.open.borrow_mut().retain(|_, watch| lives(watch));
    }

    async fn look_at_memory(self: &Rc<Self>, due: &[u64], now: Instant) {
        let lent = self.watches.lend_trees(due, now);
        let Ok(read) = spawn_blocking(move || lent.into_iter().map(read).collect::<Vec<_>>()).await else {
            return;
        };
        let now = Instant::now();
        for (number, tree, reading) in read {
            let verdicts = match self.watches.open.borrow_mut().get_mut(&number) {
                Some(watch) => {
                    watch.tree = Some(tree);
                    let settings = watch.pool.look(|state| state.settings().clone());
                    watch.memory(reading, &settings, now)
                }
                None => continue,
            };
            self.carry_out(number, verdicts);
        }
    }

    fn look_at_health(self: &Rc<Self>, due: &[u64]) {
        let now = Instant::now();
        let judge = |number: &u64| {
            let mut open = self.watches.open.borrow_mut();
            open.get_mut(number).map(|watch| (*number, watch.health(now)))
        };
        let judged: Vec<(u64, Vec<Verdict>)> = due.iter().filter_map(judge).collect();
        for (number, verdicts) in judged {
            self.carry_out(number, verdicts);
        }
    }
}

impl Watches {
    /// When the first of them is to be looked at; `None`: there is none.
    fn next_look(&self) -> Option<Instant> {
        self.open.borrow().values().map(Watch::next_look).min()
    }

    /// Those to be looked at now, and those that would be soon: one wake for all that are quiet.
    fn due(&self, now: Instant) -> Vec<u64> {
        let open = self.open.borrow();
        open.iter().filter(|(_, watch)| watch.is_due(now)).map(|(number, _)| *number).collect()
    }

    fn lend_trees(&self, due: &[u64], now: Instant) -> Vec<Lent> {
        let mut open = self.open.borrow_mut();
        due.iter().filter_map(|number| open.get_mut(number)?.lend(now)).collect()
    }
}
