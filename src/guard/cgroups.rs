//! The cgroups of a guard and of its units: one that the kernel kills whole, and one whose memory the kernel limits. Both are upgrades: where they
//! cannot be made the unit runs without, unless its request says otherwise.
//!
//! On a pure version 2 host both are one; on a hybrid host the memory controller has a hierarchy of its own.

use std::cell::OnceCell;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use super::leaf::Leaf;
use crate::model::MemoryCeiling;
use crate::sys::cgroup::{Cgroup, Hierarchy};
use crate::sys::memory_ceiling;
use crate::sys::{prctl, procfs};

/// The name of a guard's cgroup, before its pid.
const PREFIX: &str = "procman-";

/// A guard's own, in which its units have theirs.
#[derive(Debug)]
pub(super) struct Cgroups {
    /// What each is called; `None`: there is to be none.
    name: Option<String>,
    unified: Option<Cgroup>,
    /// Looked for with the first unit that has a ceiling; made with its leaf.
    memory: OnceCell<Option<Cgroup>>,
}

impl Cgroups {
    /// None at all, as on a machine without.
    pub(super) fn none() -> Self {
        Self { name: None, unified: None, memory: OnceCell::new() }
    }

    /// Makes what this process may make.
    pub(super) fn of_this_guard() -> Self {
        Self::named(format!("{PREFIX}{}", prctl::own_pid()))
    }

    fn named(name: String) -> Self {
        let unified = Cgroup::below_own(&name).ok();
        if let Some(unified) = &unified {
            // Its leaves have no ceiling otherwise, or one in a hierarchy of their own.
            let _ = memory_ceiling::pass_on(unified);
        }
        Self { name: Some(name), unified, memory: OnceCell::new() }
    }

    /// Whether the kernel can kill a unit whole.
    pub(super) fn can_kill(&self) -> bool {
        self.unified.is_some()
    }

    /// Makes those of a unit.
    ///
    /// # Errors
    /// Only where a ceiling is required: `Unsupported` without a controller, else what the kernel says.
    pub(super) fn leaf(&self, unit: u64, ceiling: Option<MemoryCeiling>) -> io::Result<Leaf> {
        let name = format!("unit-{unit}");
        let unified = self.unified.as_ref().and_then(|cgroup| cgroup.leaf(&name).ok());
        let mut leaf = Leaf { unified, memory: None, needs_memory: false };
        let Some(MemoryCeiling { bytes, required }) = ceiling else { return Ok(leaf) };
        match self.limited(&leaf, &name, bytes) {
            Ok(memory) => leaf.memory = Some(memory),
            Err(error) if required => {
                leaf.remove();
                return Err(error);
            }
            Err(_) => {}
        }
        leaf.needs_memory = required;
        Ok(leaf)
    }

    fn limited(&self, leaf: &Leaf, name: &str, bytes: u64) -> io::Result<Cgroup> {
        if let Some(unified) = leaf.unified.as_ref().filter(|unified| memory_ceiling::is_possible(unified)) {
            memory_ceiling::set(unified, bytes)?;
            return Ok(unified.clone());
        }
        let memory = self.memory.get_or_init(|| self.find_memory()).as_ref();
        let made = memory.ok_or(io::ErrorKind::Unsupported)?.leaf(name)?;
        if let Err(error) = memory_ceiling::set(&made, bytes) {
            let _ = made.remove();
            return Err(error);
        }
        Ok(made)
    }

    fn find_memory(&self) -> Option<Cgroup> {
        Cgroup::named_below_own(Hierarchy::Memory, self.name.as_ref()?).ok()
    }

    /// Removes them, if nobody is in them.
    pub(super) fn remove(&self) {
        let memory = self.memory.get().and_then(Option::as_ref);
        for own in self.unified.iter().chain(memory) {
            let _ = own.remove();
        }
    }
}

/// Whether the kernel can limit the memory of a unit, found out by limiting that of nobody: permission bits alone do not tell.
#[must_use]
pub fn can_limit_memory() -> bool {
    static PROBES: AtomicU32 = AtomicU32::new(0);
    let number = PROBES.fetch_add(1, Ordering::Relaxed);
    let cgroups = Cgroups::named(format!("{PREFIX}probe-{}-{number}", prctl::own_pid()));
    let leaf = cgroups.leaf(0, Some(MemoryCeiling { bytes: 1 << 30, required: true }));
    if let Ok(leaf) = &leaf {
        leaf.remove();
    }
    cgroups.remove();
    leaf.is_ok()
}

/// Guards that were killed leave empty cgroups. Removing one that is in use is refused by the kernel, and a guard whose empty one was taken (its
/// number is nobody's in *this* pid namespace) makes it again.
pub fn remove_abandoned() {
    // A zombie has its name still.
    let is_guard =
        |pid: i32| procfs::stat(pid).is_ok_and(|stat| stat.name == super::GUARD_NAME && !stat.is_dead());
    for hierarchy in [Hierarchy::Unified, Hierarchy::Memory] {
        let Ok(own) = Cgroup::own(hierarchy) else { continue };
        for (cgroup, pid) in own.children(PREFIX) {
            if pid.parse().is_ok_and(|pid| !is_guard(pid)) {
                let _ = cgroup.remove_with_leaves();
            }
        }
    }
}
