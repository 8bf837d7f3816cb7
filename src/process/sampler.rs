//! The whole table of processes, read again and again.
//!
//! Owns what was read before, from which rates and cheap repetitions come. Reads on two threads and is slow on none of them for long; must not
//! run on a thread that somebody waits for.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::orphan::{self, Earlier};
use super::reading::{Clock, Epoch, Reading};
use super::{Backend, ProcessTable};
use crate::model::{Error, ErrorCode, ProcessInfo, Result};
use crate::sys::portable::{self, Machine};
use crate::sys::{clock, procfs};

/// So many numbers a thread takes at once.
const CHUNK: usize = 64;

/// Makes tables. The first one costs more than those after it.
#[derive(Debug, Default)]
pub struct Sampler {
    backend: Backend,
    clock: Clock,
    before: HashMap<i32, Reading>,
    machine: Option<Machine>,
    /// Token, parent and verdict of everybody in the table before.
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
            match Reading::take(*pid, self.before.get(pid), epoch) {
                Some(reading) => {
                    fresh.push(reading.info.clone());
                    self.before.insert(*pid, reading);
                }
                None => drop(self.before.remove(pid)),
            }
        }
        Ok(before.with_fresh(pids, fresh, epoch.boot_ms + epoch.uptime_s * 1000.0))
    }

    fn sample_procfs(&mut self) -> io::Result<ProcessTable> {
        let pids = procfs::all_pids()?;
        let epoch = self.clock.next();
        self.before = read_all(&pids, &self.before, epoch);
        let kernel_threads = self.before.values().filter(|reading| reading.is_kernel_thread);
        let kernel_threads: HashSet<i32> = kernel_threads.map(|reading| reading.info.identity.pid).collect();
        let mut processes: Vec<ProcessInfo> =
            self.before.values().map(|reading| reading.info.clone()).collect();
        self.mark_orphans(&mut processes);
        let taken_at = epoch.boot_ms + epoch.uptime_s * 1000.0;
        Ok(ProcessTable::with_kernel_threads(processes, procfs::boot_id(), taken_at, kernel_threads))
    }

    fn sample_portable(&mut self) -> io::Result<ProcessTable> {
        let machine = match &mut self.machine {
            Some(machine) => machine,
            none => none.insert(Machine::new()?),
        };
        let mut processes = machine.processes();
        self.mark_orphans(&mut processes);
        let taken_at = clock::boot_ms() + clock::since_boot().as_secs_f64() * 1000.0;
        Ok(ProcessTable::new(processes, &portable::boot_id(), taken_at))
    }

    /// Says of each whether it is an orphan, and remembers it.
    fn mark_orphans(&mut self, processes: &mut [ProcessInfo]) {
        let by_pid: HashMap<i32, &ProcessInfo> =
            processes.iter().map(|process| (process.identity.pid, process)).collect();
        let is_orphan = |process: &ProcessInfo| {
            let before = self.earlier.get(&process.identity.pid);
            let earlier = before.filter(|(token, _)| *token == process.identity.start_token);
            let parent = by_pid.get(&process.ppid).copied();
            orphan::is_orphan(process, parent, earlier.map(|(_, earlier)| *earlier))
        };
        let verdicts: Vec<bool> = processes.iter().map(is_orphan).collect();
        self.earlier.clear();
        for (process, orphan) in processes.iter_mut().zip(verdicts) {
            process.orphan = orphan;
            let earlier = Earlier { ppid: process.ppid, orphan };
            self.earlier.insert(process.identity.pid, (process.identity.start_token.clone(), earlier));
        }
    }
}

/// The error of whoever cannot list processes.
pub(super) fn unreadable(error: &io::Error) -> Error {
    Error::new(ErrorCode::Native, format!("the processes cannot be read: {error}; mount /proc"))
}

/// Reads on this thread and on one more.
fn read_all(pids: &[i32], before: &HashMap<i32, Reading>, epoch: Epoch) -> HashMap<i32, Reading> {
    let next = AtomicUsize::new(0);
    let read_chunks = || {
        let mut found = Vec::new();
        while let Some(chunk) = pids.chunks(CHUNK).nth(next.fetch_add(1, Ordering::Relaxed)) {
            found.extend(chunk.iter().filter_map(|pid| Reading::take(*pid, before.get(pid), epoch)));
        }
        found
    };
    let (mut mine, others) = thread::scope(|scope| {
        // Where the machine refuses a thread this one does the work alone.
        let helper = thread::Builder::new().name("procman-table".into()).spawn_scoped(scope, read_chunks);
        let mine = read_chunks();
        (mine, helper.ok().and_then(|helper| helper.join().ok()).unwrap_or_default())
    });
    mine.extend(others);
    mine.into_iter().map(|reading| (reading.info.identity.pid, reading)).collect()
}

#[cfg(test)]
#[path = "sampler_tests.rs"]
mod tests;
