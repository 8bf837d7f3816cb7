//! Who of those that were found is a living shim's to end. Signals nobody.

use std::collections::{HashMap, HashSet};

use super::carriers::{Carrier, Standing};
use super::rounds::Place;
use crate::sys::procfs;

/// Who has a living shim above it is that shim's to end.
pub(super) fn place_all(carriers: &mut [Carrier]) {
    let is_shim = |carrier: &&Carrier| matches!(carrier.standing, Standing::Leftover(Place::Shim));
    let shims: HashSet<i32> = carriers.iter().filter(is_shim).map(|shim| shim.process.identity.pid).collect();
    if shims.is_empty() {
        return;
    }
    let mut parents: HashMap<i32, i32> =
        carriers.iter().map(|carrier| (carrier.process.identity.pid, carrier.process.ppid)).collect();
    for carrier in carriers {
        if let Standing::Leftover(place @ Place::Alone) = &mut carrier.standing
            && is_below(&shims, carrier.process.ppid, &mut parents)
        {
            *place = Place::BelowShim;
        }
    }
}

/// A cleared environment in between hides nobody: the kernel's tree is asked.
fn is_below(shims: &HashSet<i32>, mut pid: i32, parents: &mut HashMap<i32, i32>) -> bool {
    let mut seen = HashSet::new();
    while pid > 1 && seen.insert(pid) {
        if shims.contains(&pid) {
            return true;
        }
        let read = || procfs::stat(pid).map_or(0, |stat| stat.ppid);
        pid = *parents.entry(pid).or_insert_with(read);
    }
    false
}
