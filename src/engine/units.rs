//! Units on the engine thread: spawn, stop, and what their guards report.

use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_local;

use super::errors;
use super::guard_link::{self, GuardLink};
use super::unit::{StartedUnit, UnitEvent, UnitListener, UnitNumber, UnitRequest};
use super::unit_entry::UnitEntry;
use super::unit_handles::UnitHandle;
use super::world::World;
use crate::guard::client::{GuardEvent, spawn_error};
use crate::guard::protocol::{
    FirstExited, RefusalReason, Refused, Request, SpawnRequest, Started, StopRequest, UnitEnd,
};
use crate::model::{Error, ExitCause, Result};

/// Told once, with the next start or by `doctor`.
const REPORT_WAS_CUT: &str = "the report of a unit's end was too long for a message, and no descriptor was free for the rest of it: its lists of \
    processes were cut; raise the limit on open files (ulimit -n)";

impl World {
    /// Starts a unit; the listener hears what becomes of it.
    pub(super) fn spawn_unit(
        self: &Rc<Self>,
        number: UnitNumber,
        request: UnitRequest,
        listener: UnitListener,
    ) {
        match UnitEntry::new(number, request, listener) {
            Ok(entry) => self.place(&Rc::new(entry)),
            Err((error, listener)) => listener(UnitEvent::Failed(errors::no_descriptors(error))),
        }
    }

    /// Asks the guard in use to run it. Also for a unit that another guard refused.
    fn place(self: &Rc<Self>, entry: &Rc<UnitEntry>) {
        if let Err(error) = self.ask_guard(entry) {
            self.units.borrow_mut().remove(&entry.number);
            entry.tell(UnitEvent::Failed(error));
            entry.end();
        }
    }

    fn ask_guard(self: &Rc<Self>, entry: &Rc<UnitEntry>) -> Result<()> {
        let link = self.current_guard(entry.request.terminal)?;
        let fds = entry.outgoing().map_err(errors::no_descriptors)?;
        let request = Request::Spawn(SpawnRequest {
            unit: entry.number,
            grace_ms: guard_link::whole_ms(entry.request.grace),
            leftovers: entry.request.leftovers,
            memory: entry.request.memory,
            label: entry.label(),
        });
        *entry.link.borrow_mut() = Some(Rc::clone(&link));
        self.units.borrow_mut().insert(entry.number, Rc::clone(entry));
        link.send(request, fds);
        Ok(())
    }

    /// A request that the kernel would not carry to a guard.
    pub(super) fn not_sent(&self, request: &Request, error: &io::Error) {
        if let Request::Spawn(spawn) = request {
            self.fail_unit(spawn.unit, |_| errors::guard_not_reached(error));
        }
    }

    /// Stops a unit. `grace`: its own, if none is named. Without effect on one that has ended.
    pub(super) fn stop_unit(
        &self,
        number: UnitNumber,
        force: bool,
        grace: Option<Duration>,
        cause: ExitCause,
    ) {
        let Some(entry) = self.unit(number) else { return };
        entry.stopping.set(true);
        let grace_ms = guard_link::whole_ms(grace.unwrap_or(entry.request.grace));
        if let Some(link) = entry.link.borrow().as_ref() {
            link.send(Request::Stop(StopRequest { unit: number, force, grace_ms, cause }), Vec::new());
        }
    }

    /// Continues a unit that was stopped on a terminal. Without effect on any other.
    pub(super) fn continue_unit(&self, number: UnitNumber) {
        let Some(entry) = self.unit(number) else { return };
        if let Some(link) = entry.link.borrow().as_ref() {
            link.send(Request::Continue { unit: number }, Vec::new());
        }
    }

    /// Stops what an environment made; `done` is called when all of it has ended.
    pub(super) fn stop_units_of(&self, owner: u64, done: impl FnOnce() + 'static) {
        self.stop_monitors_of(Some(owner));
        let its = |entry: &&Rc<UnitEntry>| entry.request.owner == Some(owner);
        let owned: Vec<_> = self.units.borrow().values().filter(its).cloned().collect();
        for entry in &owned {
            self.stop_unit(entry.number, false, None, ExitCause::Stop);
        }
        spawn_local(async move {
            for entry in owned {
                entry.wait_until_ended().await;
            }
            done();
        });
    }

    /// An event of a guard.
    pub(super) fn heard(self: &Rc<Self>, link: &Rc<GuardLink>, event: GuardEvent) {
        match event {
            GuardEvent::Ready(ready) => {
                link.capabilities.set(Some(ready.capabilities));
                self.shared.add_warnings(ready.warnings);
            }
            GuardEvent::Started(started, pidfd) => self.unit_started(link, started, pidfd),
            GuardEvent::SpawnFailed(failed) => {
                self.fail_unit(failed.unit, |entry| spawn_error(&failed, &entry.request.spec));
            }
            GuardEvent::Refused(refused) => self.unit_refused(link, &refused),
            GuardEvent::FirstExited(exited) => {
                if let Some(entry) = self.unit(exited.unit) {
                    let FirstExited { code, signal, at_ceiling, .. } = exited;
                    entry.tell(UnitEvent::FirstExited { code, signal, at_ceiling });
                }
            }
            GuardEvent::Stopped { unit, signal } => {
                if let Some(entry) = self.unit(unit) {
                    entry.tell(UnitEvent::Stopped { signal });
                }
            }
            GuardEvent::Ended { unit, end, whole } => {
                if !whole {
                    self.shared.add_warnings(vec![REPORT_WAS_CUT.to_owned()]);
                }
                self.unit_ended(unit, *end);
            }
        }
    }

    /// This guard does not act for the host as it is now; the next one does, unless the request itself is at fault.
    fn unit_refused(self: &Rc<Self>, link: &Rc<GuardLink>, refused: &Refused) {
        let Some(entry) = self.unit(refused.unit) else { return };
        if refused.reason == RefusalReason::Malformed {
            return self.fail_unit(refused.unit, |_| errors::malformed_request());
        }
        self.guards.retire(link);
        // Its stop went to this guard too, behind it: nobody would stop it anywhere else.
        if entry.stopping.get() {
            return self.fail_unit(refused.unit, |_| errors::closed());
        }
        self.place(&entry);
    }

    /// It never ran.
    fn fail_unit(&self, number: UnitNumber, why: impl FnOnce(&UnitEntry) -> Error) {
        let entry = self.units.borrow_mut().remove(&number);
        if let Some(entry) = entry {
            entry.end();
            entry.tell(UnitEvent::Failed(why(&entry)));
        }
    }

    fn unit_started(self: &Rc<Self>, link: &GuardLink, started: Started, pidfd: Option<OwnedFd>) {
        let Some(entry) = self.unit(started.unit) else { return };
        let pidfd = pidfd.map(Arc::new);
        entry.pidfd.borrow_mut().clone_from(&pidfd);
        *entry.identity.borrow_mut() = Some(started.identity.clone());
        entry.started.set(Some(Instant::now()));
        let identity = started.identity.clone();
        self.shared.units.insert(entry.number, UnitHandle { identity, pidfd, shim: started.shim });
        self.limit_time(&entry);
        entry.tell(UnitEvent::Started(StartedUnit {
            identity: started.identity,
            stdio: entry.take_streams(),
            in_cgroup: link.capabilities.get().is_some_and(|can| can.cgroup_kill),
        }));
    }

    /// Nothing of a unit is left.
    pub(super) fn unit_ended(self: &Rc<Self>, number: UnitNumber, end: UnitEnd) {
        self.shared.units.remove(number);
        // Out of the table before the listener hears of it: it may spawn the successor.
        let entry = self.units.borrow_mut().remove(&number);
        if let Some(entry) = entry {
            self.end_unit(entry, end);
        }
    }

    pub(super) fn unit(&self, number: UnitNumber) -> Option<Rc<UnitEntry>> {
        self.units.borrow().get(&number).cloned()
    }

    /// The unit's time is limited: it is stopped when it is up.
    fn limit_time(self: &Rc<Self>, entry: &Rc<UnitEntry>) {
        let Some(timeout) = entry.request.timeout else { return };
        let (world, unit) = (Rc::clone(self), Rc::downgrade(entry));
        spawn_local(async move {
            tokio::time::sleep(timeout).await;
            if let Some(unit) = unit.upgrade() {
                world.stop_unit(unit.number, false, None, ExitCause::Timeout);
            }
        });
    }
}
