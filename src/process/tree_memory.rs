//! How much memory a unit's whole tree uses.
//!
//! Owns the open files of its processes. Decides nothing about limits, and reads only. One reading costs microseconds per process, so that
//! it can be made each second; who belongs to the tree is looked up less often, and at once when somebody is missing.
//!
//! Two numbers: what is *resident* counts a page once for each process that maps it, so it is never too low and often too high, as with
//! `npx` and `node`, which share their program's text. The *proportional* share counts each page once, and costs a walk of the page
//! tables: it is for those who are near a limit.

use std::collections::{HashMap, HashSet};
use std::io;

use crate::guard::tree;
use crate::model::ProcessIdentity;
use crate::sys::memory::{self, MemoryFile};
use crate::sys::procfs;

/// Readings between two looks at who belongs to the tree.
const READINGS_PER_LOOK: u32 = 5;

/// More processes than this are measured without keeping their files open.
const MAX_KEPT: usize = 32;

/// One process of the tree.
#[derive(Debug)]
struct Member {
    identity: ProcessIdentity,
    /// `None`: opened for each reading.
    file: Option<MemoryFile>,
}

/// The memory of the tree below one shim. The shim's own is not counted: it is procman's.
#[derive(Debug)]
pub struct TreeMemory {
    shim: i32,
    members: HashMap<i32, Member>,
    readings: u32,
}

impl TreeMemory {
    /// Of the unit whose tree hangs below `shim`. Reads nothing yet.
    #[must_use]
    pub fn new(shim: i32) -> Self {
        Self { shim, members: HashMap::new(), readings: 0 }
    }

    /// Resident bytes of the whole tree. Zero when nobody is left in it.
    pub fn resident(&mut self) -> u64 {
        if self.readings.is_multiple_of(READINGS_PER_LOOK) {
            self.look();
        }
        self.readings = self.readings.wrapping_add(1);
        let (bytes, missing) = self.sum();
        if !missing {
            return bytes;
        }
        // Whoever ended may have left children that were not known.
        self.look();
        self.sum().0
    }

    /// The share of the whole tree in bytes, each page counted once among those who map it. Slow: see the module.
    pub fn proportional(&mut self) -> u64 {
        self.look();
        let share = |member: &Member| match memory::proportional(member.identity.pid) {
            // The number may have changed hands between the look and the reading; then it is not this tree's.
            Ok(bytes) if still_is(&member.identity) => bytes,
            Ok(_) => 0,
            // It may not be traced: what is resident is never too low.
            Err(_) => member.resident().unwrap_or(0),
        };
        self.members.values().map(share).sum()
    }

    /// Processes that were found at the last look.
    #[must_use]
    pub fn processes(&self) -> usize {
        self.members.len()
    }

    /// Finds who belongs to the tree now.
    fn look(&mut self) {
        let found = tree::below(self.shim, &HashSet::new());
        let mut known = std::mem::take(&mut self.members);
        for process in found {
            let identity = process.identity;
            let kept = self.members.len() < MAX_KEPT;
            let member = match known.remove(&identity.pid).filter(|member| member.identity == identity) {
                Some(member) => Some(member),
                None => Member::open(identity, kept),
            };
            if let Some(member) = member {
                self.members.insert(member.identity.pid, member);
            }
        }
    }

    /// What the known ones use, and whether somebody is gone.
    fn sum(&self) -> (u64, bool) {
        let mut bytes = 0;
        let mut missing = false;
        for member in self.members.values() {
            match member.resident() {
                // Ended and not reaped: no memory, and its children are somebody else's now.
                Ok(0) | Err(_) => missing = true,
                Ok(size) => bytes += size,
            }
        }
        (bytes, missing)
    }
}

impl Member {
    /// `None`: it is gone.
    fn open(identity: ProcessIdentity, kept: bool) -> Option<Self> {
        if !kept {
            return Some(Self { identity, file: None });
        }
        let file = MemoryFile::open(identity.pid).ok()?;
        // Looked up after the file was opened: if it is the same process, so is the file's.
        still_is(&identity).then_some(Self { identity, file: Some(file) })
    }

    fn resident(&self) -> io::Result<u64> {
        if let Some(file) = &self.file {
            return file.resident();
        }
        let bytes = MemoryFile::open(self.identity.pid)?.resident()?;
        if still_is(&self.identity) { Ok(bytes) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

fn still_is(identity: &ProcessIdentity) -> bool {
    procfs::look(identity.pid).is_some_and(|(now, _)| now == *identity)
}

#[cfg(test)]
#[path = "tree_memory_tests.rs"]
mod tests;
