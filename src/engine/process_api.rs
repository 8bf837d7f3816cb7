//! The facade's part about processes, ours and foreign. Each question has a thread of its own: reading a large table, and waiting for the end of a
//! tree, are nothing for a thread that calls wait for.

use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use tokio::task::spawn_local;

use super::audit::entries_of_report;
use super::shared::Shared;
use super::unit::{UnitNumber, id_of};
use super::unit_entry::UnitEntry;
use super::world::World;
use super::{Engine, errors};
use crate::model::{ExitCause, ProcessInfo, Result, StopReport};
use crate::process::stop::{self, StopOptions, Target, Tools};
use crate::process::{ProcessTable, Sampler};
use crate::sys;

/// As whose wish a stop is recorded.
const RULE: &str = "kill";

/// The number of a stop; never used twice in a process.
pub type StopNumber = u64;

impl Engine {
    /// The whole table, our units marked. Blocks for as long as that takes: for threads that nobody waits for.
    ///
    /// # Errors
    /// `ERR_NATIVE` when `/proc` cannot be read.
    pub fn process_table(&self) -> Result<ProcessTable> {
        self.shared.process_table()
    }

    /// Every process that can be seen, or those of our units.
    ///
    /// # Errors
    /// `ERR_NATIVE` when the machine refuses a thread. What else goes wrong is told to `done`.
    pub fn list_processes(
        &self,
        managed: bool,
        done: impl FnOnce(Result<Vec<ProcessInfo>>) + Send + 'static,
    ) -> Result<()> {
        self.on_thread(move |shared| {
            done(if managed {
                Ok(shared.managed_processes())
            } else {
                shared.process_table().map(ProcessTable::into_processes)
            });
        })
    }

    /// A process and everybody below it, itself first; empty when there is none.
    ///
    /// # Errors
    /// As [`Engine::list_processes`].
    pub fn process_tree(
        &self,
        pid: i32,
        done: impl FnOnce(Result<Vec<ProcessInfo>>) + Send + 'static,
    ) -> Result<()> {
        self.on_thread(move |shared| {
            done(shared.process_table().map(|table| {
                let root = table.get(pid);
                let below = root.map(|_| table.descendants(pid)).unwrap_or_default();
                root.into_iter().chain(below).cloned().collect()
            }));
        })
    }

    /// The processes of a unit.
    ///
    /// # Errors
    /// As [`Engine::list_processes`].
    pub fn unit_processes(
        &self,
        number: UnitNumber,
        done: impl FnOnce(Vec<ProcessInfo>) + Send + 'static,
    ) -> Result<()> {
        self.on_thread(move |shared| {
            let unit = shared.units.get(number).map(|handle| (number, handle.shim));
            done(unit.map(|unit| shared.processes.units.lock().sample(&[unit])).unwrap_or_default());
        })
    }

    /// Stops a process with everybody below it, or a group. One of our units is stopped by its guard. `done` is called when it is over, with
    /// `ERR_KILL_REFUSED` when a rule protects the target.
    ///
    /// # Errors
    /// As [`Engine::list_processes`].
    pub fn stop_processes(
        &self,
        target: Target,
        options: StopOptions,
        done: impl FnOnce(Result<StopReport>) + Send + 'static,
    ) -> Result<StopNumber> {
        let (number, cancelled) = self.shared.processes.enter_stop();
        let options = StopOptions { cancelled, ..options };
        let shared = Arc::clone(&self.shared);
        let done = move |result| {
            shared.processes.leave_stop(number);
            done(result);
        };
        if self.shared.has_thread() && !options.dry_run {
            let engine = self.clone();
            self.shared.on_engine(move |world| match world.unit_of(&target) {
                Some(unit) => world.stop_as_unit(unit, &options, done),
                None => engine.stop_foreign(target, options, done),
            });
        } else {
            self.stop_foreign(target, options, done);
        }
        Ok(number)
    }

    /// Ends a stop at its caller's wish, with `ERR_ABORTED`. Without effect on one that has ended.
    pub fn cancel_stop(&self, number: StopNumber) {
        self.shared.processes.cancel_stop(number);
    }

    fn stop_foreign(
        &self,
        target: Target,
        options: StopOptions,
        done: impl FnOnce(Result<StopReport>) + Send + 'static,
    ) {
        let done = Arc::new(Mutex::new(Some(done)));
        let told = Arc::clone(&done);
        let begun = self.on_thread(move |shared| {
            let result = shared.stop_foreign(&target, &options);
            if let Some(done) = told.lock().take() {
                done(result);
            }
        });
        if let Err(error) = begun
            && let Some(done) = done.lock().take()
        {
            done(Err(error));
        }
    }

    fn on_thread(&self, job: impl FnOnce(&Arc<Shared>) + Send + 'static) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let body = move || {
            sys::signal::block_all();
            job(&shared);
        };
        thread::Builder::new().name("procman-table".into()).spawn(body).map(drop).map_err(errors::no_thread)
    }
}

impl Shared {
    pub(super) fn process_table(&self) -> Result<ProcessTable> {
        let mut table = self.sampler()?.lock().sample()?;
        self.mark_units(&mut table);
        Ok(table)
    }

    /// Notes in a table who belongs to our units.
    pub(super) fn mark_units(&self, table: &mut ProcessTable) {
        for (number, shim) in self.units.all() {
            table.assign_unit(shim, &id_of(number));
        }
    }

    /// The sampler of the backend that this host chose.
    pub(super) fn sampler(&self) -> Result<&Mutex<Sampler>> {
        let backend = self.config.backend()?;
        Ok(self.processes.all.get_or_init(|| Mutex::new(Sampler::new(backend))))
    }

    fn managed_processes(&self) -> Vec<ProcessInfo> {
        let units = self.units.all();
        let mut sampler = self.processes.units.lock();
        sampler.keep_only(&units);
        sampler.sample(&units)
    }

    fn stop_foreign(&self, target: &Target, options: &StopOptions) -> Result<StopReport> {
        let tools = Tools { sampler: self.sampler()?, guard: self.guard_binary().ok() };
        let stopped = stop::stop(std::slice::from_ref(target), options, None, tools)?;
        if !options.dry_run {
            let why = |_: &ProcessInfo| (RULE.to_owned(), vec![format!("the program asked for {target}")]);
            self.record_here(self.audit_log(None), &entries_of_report(&stopped.report, why));
        }
        let report = stopped.into_result()?;
        let number = match target {
            Target::Pid(number) | Target::Group(number) => *number,
            Target::Process(identity) => identity.pid,
        };
        let nothing_done =
            report.stopped.is_empty() && report.forced.is_empty() && report.survivors.is_empty();
        match report.refused.iter().find(|refusal| refusal.pid == number) {
            Some(refusal) if nothing_done && !options.dry_run => {
                Err(errors::kill_refused(number, &refusal.reason))
            }
            _ => Ok(report),
        }
    }
}

impl World {
    /// The unit whose first process is the target.
    fn unit_of(&self, target: &Target) -> Option<Rc<UnitEntry>> {
        let is_it = |entry: &&Rc<UnitEntry>| {
            entry.identity.borrow().as_ref().is_some_and(|identity| match target {
                Target::Pid(pid) | Target::Group(pid) => identity.pid == *pid,
                Target::Process(process) => identity == process,
            })
        };
        self.units.borrow().values().find(is_it).cloned()
    }

    fn stop_as_unit(
        &self,
        unit: Rc<UnitEntry>,
        options: &StopOptions,
        done: impl FnOnce(Result<StopReport>) + 'static,
    ) {
        self.stop_unit(unit.number, options.force, Some(options.grace), ExitCause::Stop);
        spawn_local(async move {
            unit.wait_until_ended().await;
            done(Ok(unit.stop_report()));
        });
    }
}
