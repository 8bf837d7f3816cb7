//! The facade's part that lists processes, ours and foreign. Each question has a thread of its own: reading a large table is nothing for a thread that
//! calls wait for.

use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

use super::shared::Shared;
use super::unit::{UnitNumber, id_of};
use super::{Engine, errors};
use crate::model::{ProcessInfo, Result};
use crate::process::{ProcessTable, Sampler};
use crate::sys;

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
            done(shared.processes_of_unit(number));
        })
    }

    pub(super) fn on_thread(&self, job: impl FnOnce(&Arc<Shared>) + Send + 'static) -> Result<()> {
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
}
