//! The instances under watch, and the one clock that looks at them.
//!
//! The clock runs on the engine thread while an instance serves, once in [`TICK`], and not at all otherwise. What is read of `/proc` is read on
//! a helper thread, so that no call waits for it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{spawn_blocking, spawn_local};

use super::errors;
use super::instance::Instance;
use super::pool_hands::ServerPool;
use super::unit::UnitNumber;
use super::watch::{Reading, Verdict, Watch};
use super::world::World;
use crate::mcp::reply::{Reply, RequestOptions};
use crate::model::pool_options::BYTES_PER_MB;
use crate::model::{Error, ExitCause, Result};
use crate::pool::PoolEvent;
use crate::process::TreeMemory;

/// Between two looks.
const TICK: Duration = Duration::from_secs(1);

/// After a longer pause (the machine or the host was stopped) nobody is blamed for his silence.
const PAUSED: Duration = Duration::from_secs(3);

/// Number of an instance → its watch.
#[derive(Default)]
pub(super) struct Watches {
    open: RefCell<BTreeMap<u64, Watch>>,
    ticking: Cell<bool>,
}

impl Watches {
    /// The pool and the instance that runs in a unit.
    pub(super) fn instance_in(&self, unit: UnitNumber) -> Option<(Arc<ServerPool>, u64)> {
        let open = self.open.borrow();
        let watch = open.values().find(|watch| watch.instance.unit == unit)?;
        Some((Arc::clone(&watch.pool), watch.number))
    }
}

/// A tree on its way to the thread that reads it.
struct Lent {
    number: u64,
    tree: TreeMemory,
    share_from: u64,
}

impl World {
    /// Looks after an instance from now on.
    pub(super) fn watch(self: &Rc<Self>, pool: &Arc<ServerPool>, number: u64, instance: &Arc<Instance>) {
        let Some(handle) = self.shared.units.get(instance.unit) else { return };
        let watch = Watch::new(Arc::clone(pool), number, Arc::clone(instance), handle.shim, Instant::now());
        self.watches.open.borrow_mut().insert(number, watch);
        if !self.watches.ticking.replace(true) {
            let world = Rc::clone(self);
            spawn_local(async move { world.keep_watch().await });
        }
    }

    async fn keep_watch(self: Rc<Self>) {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(TICK).await;
            let now = Instant::now();
            self.forget_ended();
            if self.watches.open.borrow().is_empty() {
                self.watches.ticking.set(false);
                return;
            }
            let paused = now - std::mem::replace(&mut last, now) > PAUSED;
            self.look_at_memory().await;
            if !paused {
                self.look_at_health();
            }
        }
    }

    fn forget_ended(&self) {
        let serves = |watch: &Watch| {
            let known = |state: &crate::pool::PoolState| {
                state.instance(watch.number).is_some_and(crate::pool::InstanceState::serves_its_own)
            };
            watch.pool.look(known)
        };
        self.watches.open.borrow_mut().retain(|_, watch| serves(watch));
    }

    async fn look_at_memory(self: &Rc<Self>) {
        let lent = self.lend_trees();
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

    fn lend_trees(&self) -> Vec<Lent> {
        let now = Instant::now();
        let lend = |watch: &mut Watch| {
            let share_from = watch.pool.look(|state| watch.share_from(state.settings(), now));
            Some(Lent { number: watch.number, tree: watch.tree.take()?, share_from })
        };
        self.watches.open.borrow_mut().values_mut().filter_map(lend).collect()
    }

    fn look_at_health(self: &Rc<Self>) {
        let now = Instant::now();
        let judged: Vec<(u64, Vec<Verdict>)> = self
            .watches
            .open
            .borrow_mut()
            .values_mut()
            .map(|watch| (watch.number, watch.health(now)))
            .collect();
        for (number, verdicts) in judged {
            self.carry_out(number, verdicts);
        }
    }

    fn carry_out(self: &Rc<Self>, number: u64, verdicts: Vec<Verdict>) {
        let known = self
            .watches
            .open
            .borrow()
            .get(&number)
            .map(|it| (Arc::clone(&it.pool), Arc::clone(&it.instance)));
        let Some((pool, instance)) = known else { return };
        for verdict in verdicts {
            match verdict {
                Verdict::MemoryLimit { bytes, leak } => tell_memory(&pool, number, bytes, leak),
                // Not now: the next tick asks again.
                Verdict::Replace { cause, since } => drop(pool.outgrown(number, cause, since)),
                Verdict::Ceiling { bytes } => {
                    self.give_up(&pool, number, &instance, "memory", errors::over_ceiling(&pool, bytes));
                }
                Verdict::Healthy(healthy) => pool.set_healthy(number, healthy),
                Verdict::Ping => ping(&instance),
                Verdict::GiveUp => {
                    self.give_up(&pool, number, &instance, "health", errors::unanswered(&pool));
                }
            }
        }
    }

    /// Whoever is on it hears that it is lost; then its process is stopped.
    fn give_up(
        &self,
        pool: &Arc<ServerPool>,
        number: u64,
        instance: &Instance,
        cause: &'static str,
        error: Error,
    ) {
        pool.lost(number, cause, Some(&error));
        instance.connection.fail_all(error.detail("cause", cause));
        if cause == "memory" {
            self.stop_unit(instance.unit, true, None, ExitCause::Memory);
        }
    }
}

fn read(lent: Lent) -> (u64, TreeMemory, Reading) {
    let Lent { number, mut tree, share_from } = lent;
    let resident = tree.resident();
    let begin = Instant::now();
    let share = (resident >= share_from).then(|| tree.proportional());
    (number, tree, Reading { resident, share, share_took: begin.elapsed() })
}

/// Nobody waits for its answer: that it is read is what counts.
fn ping(instance: &Instance) {
    instance.connection.request("ping", b"", RequestOptions::default(), Box::new(|_: Result<Reply>| {}));
}

fn tell_memory(pool: &Arc<ServerPool>, instance: u64, memory_bytes: u64, leak: Option<f64>) {
    let limit_bytes = pool.look(|state| state.settings().memory_limit);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for people"
    )]
    let leak_per_minute = leak.map(|megabytes| (megabytes * BYTES_PER_MB as f64) as u64);
    pool.tell(PoolEvent::MemoryLimit { instance, memory_bytes, limit_bytes, leak_per_minute });
}
