//! The processes of units, read again and again: the trees below their shims. The kernel's own lists of children are what counts, so the cost
//! grows with the units and not with the machine.

use std::collections::{HashMap, HashSet};

use super::reading::{Clock, Reading};
use crate::model::ProcessInfo;
use crate::sys::procfs;
use crate::sys::two_threads::{self, Portions};

/// A unit is the list of its shim's children, and two files of a process or more.
const UNITS: Portions = Portions { alone: 8, chunk: 2 };

/// A unit's listing must end, whatever it forks.
const MOST: usize = 16_384;

/// Reads units. The first reading of a process costs more than those after it.
#[derive(Debug, Default)]
pub(crate) struct UnitSampler {
    clock: Clock,
    before: HashMap<u64, HashMap<i32, Reading>>,
}

impl UnitSampler {
    /// Every living process of these units, as (number, shim) of each; a unit's first process comes first. The shims are not among them.
    pub(crate) fn sample(&mut self, units: &[(u64, i32)]) -> Vec<ProcessInfo> {
        let epoch = self.clock.next();
        let taken: Vec<_> =
            units.iter().map(|(unit, shim)| (*shim, self.before.remove(unit).unwrap_or_default())).collect();
        let readings = two_threads::map_in(UNITS, &taken, |(shim, before)| below(*shim, before, epoch));
        let mut found = Vec::new();
        for ((unit, _), readings) in units.iter().zip(readings) {
            let name = format!("unit-{unit}");
            let alive = readings.iter().filter(|reading| !reading.info.is_dead());
            found.extend(
                alive.map(|reading| ProcessInfo { unit: Some(name.clone()), ..reading.info.clone() }),
            );
            let by_pid = readings.into_iter().map(|reading| (reading.info.identity.pid, reading));
            self.before.insert(*unit, by_pid.collect());
        }
        found
    }

    /// Forgets the units that have ended.
    pub(crate) fn keep_only(&mut self, living: &[(u64, i32)]) {
        self.before.retain(|unit, _| living.iter().any(|(number, _)| number == unit));
    }
}

/// Everybody below a process, parents first.
fn below(root: i32, before: &HashMap<i32, Reading>, epoch: super::reading::Epoch) -> Vec<Reading> {
    let mut known = HashSet::from([root]);
    let mut queue = Vec::new();
    children_into(root, 1, &mut queue);
    let mut found: Vec<Reading> = Vec::new();
    let mut next = 0;
    while let Some(&pid) = queue.get(next).filter(|_| found.len() < MOST) {
        next += 1;
        let Some(reading) = Reading::take(pid, before.get(&pid), epoch) else { continue };
        // Whose parent is none of ours got the number of one that was: it is a stranger.
        if known.contains(&reading.info.ppid) && known.insert(pid) {
            children_into(pid, reading.info.threads, &mut queue);
            found.push(reading);
        }
    }
    found
}

fn children_into(pid: i32, threads: u32, queue: &mut Vec<i32>) {
    if procfs::children(pid, threads, queue).is_err() {
        // Without lists of children everybody is asked for the parent.
        let _ = procfs::children_by_scan(pid, queue);
    }
}
