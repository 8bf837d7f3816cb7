//! Endings: one server, everything, and a guard that died.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, spawn_local};
use tokio::time::timeout;

use super::errors;
use super::guard_link::{self, GuardLink};
use super::instance::Instance;
use super::pool_hands::ServerPool;
use super::unit::UnitEvent;
use super::unit_entry::UnitEntry;
use super::world::World;
use crate::guard::protocol::{Request, UnitEnd};
use crate::model::{Error, ExitCause, StopReport, UnitExit};
use crate::pool::PoolState;

/// How long a server may take to leave by itself after its stdin was closed, which is how the protocol says goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// Between SIGTERM and SIGKILL where `shutdown()` names no other time.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// A grace without end.
const FOREVER: Duration = Duration::MAX;

/// What a guard may take beyond the grace of its units before the host stops waiting for it.
const GUARD_MARGIN: Duration = Duration::from_secs(10);

impl World {
    /// Ends an instance or its start: calls in flight fail, stdin is closed, then the ladder. Its pool is told when nothing is left.
    pub(super) fn stop_instance(
        self: &Rc<Self>,
        pool: Arc<ServerPool>,
        number: u64,
        grace: Option<Duration>,
    ) {
        let grace = grace.or_else(|| pool.look(PoolState::grace)).unwrap_or(FOREVER);
        let (instance, start) = (pool.instance(number), self.starts.give_up(number));
        let world = Rc::clone(self);
        spawn_local(async move {
            if let Some(instance) = instance {
                world.say_goodbye(&instance, why_closed(&pool, &instance), grace).await;
            }
            if let Some(unit) = start.and_then(|start| world.unit(start.unit()?)) {
                world.stop_unit(unit.number, false, Some(grace), ExitCause::Stop);
                unit.wait_until_ended().await;
            }
            pool.stopped(number);
        });
    }

    /// Until nothing is left of a pool that was emptied, of those too that it does not count any more: processes that did not get through their
    /// handshake, or that were lost. `grace` may shorten theirs.
    pub(super) async fn wait_for_end_of(&self, pool: &Arc<ServerPool>, grace: Option<Duration>) {
        let ends = |entry: &&Rc<UnitEntry>| {
            entry.request.pool == Some(pool.number) && (entry.stopping.get() || entry.goodbye.get().is_some())
        };
        let ending: Vec<Rc<UnitEntry>> = self.units.borrow().values().filter(ends).cloned().collect();
        for (entry, grace) in ending.iter().filter_map(|entry| Some((entry, grace?))) {
            match entry.goodbye.get() {
                Some(other) => entry.goodbye.set(Some(grace.min(other))),
                None => self.stop_unit(entry.number, false, Some(grace), ExitCause::Stop),
            }
        }
        pool.wait_until_gone().await;
        for entry in ending {
            entry.wait_until_ended().await;
        }
    }

    /// Ends what an environment made; `done` is called when nothing of it is left.
    pub(super) fn stop_all_of(
        self: &Rc<Self>,
        owner: u64,
        pools: Vec<Arc<ServerPool>>,
        done: impl FnOnce() + 'static,
    ) {
        self.stop_units_of(owner, move || {
            spawn_local(async move {
                wait_until_gone(&pools).await;
                done();
            });
        });
    }

    /// Ends everything and lets the guards leave.
    pub(super) fn shut_down(
        self: &Rc<Self>,
        grace: Option<Duration>,
        pools: Vec<Arc<ServerPool>>,
        done: impl FnOnce() + 'static,
    ) {
        let grace = grace.unwrap_or(SHUTDOWN_GRACE);
        self.stop_monitors_of(None);
        let world = Rc::clone(self);
        spawn_local(async move {
            pools.iter().for_each(|pool| pool.close(Some(grace)));
            // An instance that was being ended before may have a longer grace; with its guard it ends in this one.
            let _ = timeout(grace.saturating_add(GOODBYE), wait_until_gone(&pools)).await;
            world.dismiss_guards(grace).await;
            let _ = timeout(GUARD_MARGIN, wait_until_gone(&pools)).await;
            done();
        });
    }

    async fn say_goodbye(&self, instance: &Arc<Instance>, why: Error, grace: Duration) {
        instance.connection.fail_all(why);
        let Some(unit) = self.unit(instance.unit) else { return };
        // Meanwhile whoever has less patience may shorten what follows.
        unit.goodbye.set(Some(grace));
        if timeout(GOODBYE.min(grace), unit.wait_until_ended()).await.is_err() {
            self.stop_unit(instance.unit, false, unit.goodbye.take(), ExitCause::Stop);
            unit.wait_until_ended().await;
        }
    }

    async fn dismiss_guards(&self, grace: Duration) {
        let links = self.guards.all();
        for link in &links {
            self.guards.retire(link);
            link.send(Request::Shutdown { grace_ms: guard_link::whole_ms(grace) }, Vec::new());
        }
        for link in links {
            // One that does not leave is left to its own watch over this host.
            let _ = timeout(grace.saturating_add(GUARD_MARGIN), link.wait_until_left()).await;
        }
    }

    /// A guard's socket ended. Its shims clear their units; those whose end it did not report end here.
    pub(super) async fn guard_gone(self: &Rc<Self>, link: &Rc<GuardLink>, cause: Option<Error>) {
        self.guards.retire(link);
        let lost: Vec<Rc<UnitEntry>> = {
            let units = self.units.borrow();
            let its = |unit: &&Rc<UnitEntry>| {
                unit.link.borrow().as_ref().is_some_and(|used| Rc::ptr_eq(used, link))
            };
            units.values().filter(its).cloned().collect()
        };
        // Side by side: one that takes its time to end keeps nobody waiting for another.
        let mut endings = JoinSet::new();
        for unit in lost {
            let (world, cause) = (Rc::clone(self), cause.clone());
            endings.spawn_local(async move { world.unit_lost(&unit, cause.as_ref()).await });
        }
        while endings.join_next().await.is_some() {}
    }

    /// A guard that was asked to leave starts nothing more; another one was lost.
    fn why_guard_left(&self) -> Error {
        if self.shared.lifecycle.is_closed() { errors::closed() } else { errors::guard_lost() }
    }

    async fn unit_lost(self: &Rc<Self>, unit: &Rc<UnitEntry>, cause: Option<&Error>) {
        if unit.started.get().is_none() {
            self.units.borrow_mut().remove(&unit.number);
            unit.end();
            return unit.tell(UnitEvent::Failed(cause.cloned().unwrap_or_else(|| self.why_guard_left())));
        }
        // Its first process dies with its shim, or is stopped by it.
        unit.wait_until_first_is_gone().await;
        self.unit_ended(
            unit.number,
            UnitEnd { exit: lost_exit(unit.started.get()), stop: StopReport::default() },
        );
    }
}

/// What calls in flight are told. A pool that somebody made starts nothing after its end.
fn why_closed(pool: &ServerPool, instance: &Instance) -> Error {
    if pool.hands().owner.is_some() && pool.look(PoolState::is_closed) {
        return crate::pool::closed(&pool.name);
    }
    errors::server_closed(&instance.server)
}

async fn wait_until_gone(pools: &[Arc<ServerPool>]) {
    for pool in pools {
        pool.wait_until_gone().await;
    }
}

/// Nobody reaped the first process for us.
fn lost_exit(started: Option<Instant>) -> UnitExit {
    UnitExit {
        code: None,
        signal: None,
        duration_ms: started.map_or(0.0, |started| started.elapsed().as_secs_f64() * 1e3),
        leftovers: 0,
        survivors: Vec::new(),
        max_rss_bytes: 0,
        cause: ExitCause::Guard,
    }
}
