//! The cgroups of one unit: who goes in, who is killed in it, and its end. [`Cgroups`](super::cgroups::Cgroups) makes them.

use std::io;
use std::os::fd::OwnedFd;

use crate::sys::cgroup::{self, Cgroup};
use crate::sys::memory_ceiling::CeilingWatch;

/// Those of one unit.
#[derive(Debug, Clone, Default)]
pub(super) struct Leaf {
    pub(super) unified: Option<Cgroup>,
    /// Set where the unit has a ceiling; on a version 2 host the same as the other.
    pub(super) memory: Option<Cgroup>,
    pub(super) needs_memory: bool,
}

/// The ways into the cgroups of a unit.
#[derive(Debug)]
pub(super) struct Doors {
    optional: Vec<OwnedFd>,
    required: Vec<OwnedFd>,
}

impl Doors {
    /// Moves the calling process in.
    ///
    /// # Errors
    /// What the kernel says of one that the unit must not run without.
    pub(super) fn enter(self) -> io::Result<()> {
        for door in self.optional {
            // Without, the unit is as guarded as on a machine that has none.
            let _ = cgroup::join(door);
        }
        self.required.into_iter().try_for_each(cgroup::join)
    }
}

impl Leaf {
    /// For a process that joins.
    ///
    /// # Errors
    /// What `open(2)` says of a required one.
    pub(super) fn doors(&self) -> io::Result<Doors> {
        let unified = self.unified.as_ref().and_then(|cgroup| cgroup.door().ok());
        let mut doors = Doors { optional: unified.into_iter().collect(), required: Vec::new() };
        match self.memory.as_ref().map(Cgroup::door) {
            Some(door) if self.needs_memory => doors.required.push(door?),
            door => doors.optional.extend(door.and_then(Result::ok)),
        }
        Ok(doors)
    }

    /// Tells when the kernel found the ceiling reached.
    pub(super) fn ceiling(&self) -> Option<CeilingWatch> {
        self.memory.as_ref().and_then(|memory| CeilingWatch::open(memory).ok())
    }

    /// Kills everybody in it in one step. The kill loop does it all again.
    pub(super) fn kill(&self) {
        if let Some(unified) = &self.unified {
            let _ = unified.kill();
        }
    }

    /// Removes them, if nobody is in them.
    pub(super) fn remove(&self) {
        for cgroup in self.all() {
            let _ = cgroup.remove();
        }
    }

    /// Removes the guard's too: refused as long as another unit is in them.
    pub(super) fn remove_guard(&self) {
        for cgroup in self.all() {
            let _ = cgroup.parent().is_some_and(|guard| guard.remove());
        }
    }

    fn all(&self) -> impl Iterator<Item = &Cgroup> {
        self.unified.iter().chain(&self.memory)
    }
}
