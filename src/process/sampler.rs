//! The whole table of processes, read again and again.
//!
//! Owns the reading before, from which rates and cheap repetitions come. Reads on two threads and is slow on none of them for long; must not
//! run on a thread that somebody waits for.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::ProcessTable;
use super::orphan::{self, Earlier};
use super::reading::{Clock, Epoch, Reading};
use crate::model::ProcessInfo;
use crate::sys::procfs;

/// So many numbers a thread takes at once.
const CHUNK: usize = 64;

/// Makes tables. The first one costs more than those after it.
#[derive(Debug, Default)]
pub struct Sampler {
    before: HashMap<i32, Reading>,
    clock: Clock,
}

impl Sampler {
    /// Reads every process that can be seen.
    ///
    /// # Errors
    /// What listing `/proc` says. A process that ends meanwhile, or is hidden, is just not there.
    pub fn sample(&mut self) -> io::Result<ProcessTable> {
        let pids = procfs::all_pids()?;
        let epoch = self.clock.next();
        let mut readings = read_all(&pids, &self.before, epoch);
        self.find_orphans(&mut readings);
        let kernel_threads = readings.values().filter(|reading| reading.is_kernel_thread);
        let kernel_threads = kernel_threads.map(|reading| reading.info.identity.pid).collect();
        let processes = readings.values().map(|reading| reading.info.clone()).collect();
        self.before = readings;
        let taken_at = epoch.boot_ms + epoch.uptime_s * 1000.0;
        Ok(ProcessTable::with_kernel_threads(processes, procfs::boot_id(), taken_at, kernel_threads))
    }

    fn find_orphans(&self, readings: &mut HashMap<i32, Reading>) {
        let orphans: Vec<i32> = readings
            .values()
            .filter(|reading| {
                let process = &reading.info;
                let parent = readings.get(&process.ppid).map(|parent| &parent.info);
                orphan::is_orphan(process, parent, self.earlier(process))
            })
            .map(|reading| reading.info.identity.pid)
            .collect();
        for pid in orphans {
            if let Some(reading) = readings.get_mut(&pid) {
                reading.info.orphan = true;
            }
        }
    }

    fn earlier(&self, process: &ProcessInfo) -> Option<Earlier> {
        let before = &self.before.get(&process.identity.pid)?.info;
        (before.identity == process.identity).then_some(Earlier { ppid: before.ppid, orphan: before.orphan })
    }
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
