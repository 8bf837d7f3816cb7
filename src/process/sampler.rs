//! The whole table of processes, read again and again.
//!
//! Owns what was read before, from which rates and cheap repetitions come. Reads on two threads and is slow on none of them for long; must not
//! run on a thread that somebody waits for.

use std::collections::{HashMap, HashSet};
use std::io;

use super::everybody;
use super::orphan::{self, Earlier};
use super::reading::{Clock, Epoch, Reading};
use super::{Backend, ProcessTable};
use crate::model::{Error, ErrorCode, ProcessIdentity, ProcessInfo, Result};
use crate::sys::portable::{self, Machine};
use crate::sys::{clock, procfs};

/// Makes tables. The first one costs more than those after it.
#[derive(Debug, Default)]
pub struct Sampler {
    backend: Backend,
    clock: Clock,
    /// The last reading of everybody, by number.
    before: Vec<Reading>,
    machine: Option<Machine>,
    /// Of another backend: token, parent and verdict of everybody in the table before.
    earlier: HashMap<i32, (String, Earlier)>,
}

impl Sampler {
    /// Reads by this backend; nothing is read yet.
    #[must_use]
    pub fn new(backend: Backend) -> Self {
        Self { backend, ..Self::default() }
    }

    /// How processes are read.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Reads every process that can be seen.
    ///
    /// # Errors
    /// `ERR_NATIVE` when processes cannot be listed. One that ends meanwhile, or is hidden, is just not there.
    pub fn sample(&mut self) -> Result<ProcessTable> {
        let table = match self.backend {
            Backend::Linux => self.sample_procfs(),
            Backend::Portable => self.sample_portable(),
        };
        table.map_err(|error| unreadable(&error))
    }

    /// Reads these anew and takes everybody else over from the table before: for somebody who looks often and cares for few. Who is new is not seen.
    /// Another backend than that of Linux reads all.
    ///
    /// # Errors
    /// As [`Sampler::sample`].
    pub fn resample(&mut self, pids: &[i32], before: ProcessTable) -> Result<ProcessTable> {
        if self.backend != Backend::Linux {
            return self.sample();
        }
        let epoch = self.clock.next();
        let mut fresh = Vec::with_capacity(pids.len());
        for pid in pids {
            let place = self.before.binary_search_by_key(pid, Reading::pid);
            let earlier = place.ok().map(|index| &self.before[index]);
            let Some(mut reading) = Reading::take(*pid, earlier, epoch) else {
                place.ok().map(|index| self.before.remove(index));
                continue;
            };
            fresh.push(reading.info.clone());
            // Who fell to another parent is an orphan in the whole tables that come, too.
            let earlier = earlier.and_then(|earlier| earlier.as_earlier(&reading.info));
            reading.info.orphan = earlier.is_some_and(|earlier| earlier.saw_another_parent(&reading.info));
            match place {
                Ok(index) => self.before[index] = reading,
                Err(index) => self.before.insert(index, reading),
            }
        }
        Ok(before.with_fresh(pids, fresh, epoch.boot_ms + epoch.uptime_s * 1000.0))
    }

    fn sample_procfs(&mut self) -> io::Result<ProcessTable> {
        let epoch = self.clock.next();
        let mut readings = read_all(&self.before, epoch)?;
        let mut processes: Vec<ProcessInfo> = readings.iter().map(|reading| reading.info.clone()).collect();
        let earlier = |process: &ProcessInfo| find(&self.before, process.identity.pid)?.as_earlier(process);
        mark_orphans(&mut processes, earlier);
        for (reading, process) in readings.iter_mut().zip(&processes) {
            reading.info.orphan = process.orphan;
        }
        let kernel_threads = readings.iter().filter(|reading| reading.is_kernel_thread);
        let kernel_threads: HashSet<i32> = kernel_threads.map(Reading::pid).collect();
        self.before = readings;
        let taken_at = epoch.boot_ms + epoch.uptime_s * 1000.0;
        Ok(ProcessTable::with_kernel_threads(processes, procfs::boot_id(), taken_at, kernel_threads))
    }

    fn sample_portable(&mut self) -> io::Result<ProcessTable> {
        let machine = match &mut self.machine {
            Some(machine) => machine,
            none => none.insert(Machine::new()?),
        };
        let mut processes = machine.processes();
        processes.sort_by_key(|process| process.identity.pid);
        mark_orphans(&mut processes, |process| {
            let (token, earlier) = self.earlier.get(&process.identity.pid)?;
            (*token == process.identity.start_token).then_some(*earlier)
        });
        let remembered = processes.iter().map(|process| {
            let ProcessIdentity { pid, start_token, .. } = &process.identity;
            (*pid, (start_token.clone(), Earlier::of(process)))
        });
        self.earlier = remembered.collect();
        let taken_at = clock::boot_ms() + clock::since_boot().as_secs_f64() * 1000.0;
        Ok(ProcessTable::new(processes, &portable::boot_id(), taken_at))
    }
}

/// Says of each whether it is an orphan. They are in order of their numbers.
fn mark_orphans(processes: &mut [ProcessInfo], earlier: impl Fn(&ProcessInfo) -> Option<Earlier>) {
    let verdict = |process: &ProcessInfo| {
        let parent = processes.binary_search_by_key(&process.ppid, |process| process.identity.pid);
        orphan::is_orphan(process, parent.ok().map(|index| &processes[index]), earlier(process))
    };
    let verdicts: Vec<bool> = processes.iter().map(verdict).collect();
    for (process, orphan) in processes.iter_mut().zip(verdicts) {
        process.orphan = orphan;
    }
}

/// The error of whoever cannot list processes.
pub(super) fn unreadable(error: &io::Error) -> Error {
    Error::new(ErrorCode::Native, format!("the processes cannot be read: {error}; mount /proc"))
}

/// Reads everybody. By number, each once.
fn read_all(before: &[Reading], epoch: Epoch) -> io::Result<Vec<Reading>> {
    let mut all = everybody::ask(|pid| Reading::take(pid, find(before, pid), epoch))?;
    // Two lists in order: one pass.
    all.sort_by_key(Reading::pid);
    all.dedup_by_key(|reading| reading.pid());
    Ok(all)
}

fn find(readings: &[Reading], pid: i32) -> Option<&Reading> {
    readings.binary_search_by_key(&pid, Reading::pid).ok().map(|index| &readings[index])
}

#[cfg(test)]
#[path = "sampler_tests.rs"]
mod tests;
