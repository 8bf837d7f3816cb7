//! The processes of one moment; who is below whom, `lines` says. Pure: made from what was read (or made up, in tests); reads nothing, decides nothing.

use std::collections::{HashMap, HashSet};

use crate::model::{ProcessIdentity, ProcessInfo};

/// Processes by number, with their tree.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessTable {
    boot_id: String,
    taken_at: f64,
    /// By pid, each once.
    pub(super) processes: Vec<ProcessInfo>,
    /// (parent, index of the child), sorted.
    pub(super) edges: Vec<(i32, usize)>,
    kernel_threads: HashSet<i32>,
}

impl ProcessTable {
    /// From processes in any order; of several with one number the last one counts. `taken_at`: milliseconds since the epoch.
    #[must_use]
    pub fn new(processes: Vec<ProcessInfo>, boot_id: &str, taken_at: f64) -> Self {
        let kernel_threads = processes.iter().filter(|process| looks_like_kernel_thread(process));
        let kernel_threads = kernel_threads.map(|process| process.identity.pid).collect();
        Self::with_kernel_threads(processes, boot_id, taken_at, kernel_threads)
    }

    /// The same where the kernel said which ones are its threads.
    pub(super) fn with_kernel_threads(
        mut processes: Vec<ProcessInfo>,
        boot_id: &str,
        taken_at: f64,
        kernel_threads: HashSet<i32>,
    ) -> Self {
        processes.sort_by_key(|process| process.identity.pid);
        processes.dedup_by(|later, kept| {
            let same = later.identity.pid == kept.identity.pid;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        let mut edges: Vec<(i32, usize)> =
            processes.iter().enumerate().map(|(index, process)| (process.ppid, index)).collect();
        edges.sort_unstable();
        Self { boot_id: boot_id.to_owned(), taken_at, processes, edges, kernel_threads }
    }

    /// The same with these processes as they are now, or gone. Whoever is still himself and has another parent than before is an orphan.
    pub(super) fn with_fresh(self, pids: &[i32], fresh: Vec<ProcessInfo>, taken_at: f64) -> Self {
        let Self { boot_id, mut processes, kernel_threads, .. } = self;
        let mut fresh: HashMap<i32, ProcessInfo> =
            fresh.into_iter().map(|process| (process.identity.pid, process)).collect();
        let read: HashSet<i32> = pids.iter().copied().collect();
        processes.retain_mut(|process| match fresh.remove(&process.identity.pid) {
            Some(mut now) => {
                let same = now.identity == process.identity;
                now.orphan = same && (process.orphan || now.ppid != process.ppid);
                *process = now;
                true
            }
            None => !read.contains(&process.identity.pid),
        });
        Self::with_kernel_threads(processes, &boot_id, taken_at, kernel_threads)
    }

    /// The kernel's id of the boot that it is of.
    #[must_use]
    pub fn boot_id(&self) -> &str {
        &self.boot_id
    }

    /// When it was made, milliseconds since the epoch.
    #[must_use]
    pub fn taken_at(&self) -> f64 {
        self.taken_at
    }

    /// Every process, by number.
    pub fn iter(&self) -> std::slice::Iter<'_, ProcessInfo> {
        self.processes.iter()
    }

    /// The processes alone, by number.
    #[must_use]
    pub fn into_processes(self) -> Vec<ProcessInfo> {
        self.processes
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.processes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// Whoever had this number.
    #[must_use]
    pub fn get(&self, pid: i32) -> Option<&ProcessInfo> {
        self.index_of(pid).map(|index| &self.processes[index])
    }

    /// This very process.
    #[must_use]
    pub fn find(&self, identity: &ProcessIdentity) -> Option<&ProcessInfo> {
        self.get(identity.pid).filter(|process| process.identity == *identity)
    }

    /// Whether it is a thread of the kernel, which no signal ends.
    #[must_use]
    pub fn is_kernel_thread(&self, pid: i32) -> bool {
        self.kernel_threads.contains(&pid)
    }

    /// Whoever has this number in the table is this process: somebody proved it.
    pub(super) fn identify(&mut self, identity: &ProcessIdentity) {
        if let Some(index) = self.index_of(identity.pid) {
            self.processes[index].identity = identity.clone();
        }
    }

    /// Everybody below `root` belongs to a unit.
    pub(crate) fn assign_unit(&mut self, root: i32, unit: &str) {
        let below: Vec<i32> = self.descendants(root).iter().map(|process| process.identity.pid).collect();
        for pid in below {
            if let Some(index) = self.index_of(pid) {
                self.processes[index].unit = Some(unit.to_owned());
            }
        }
    }

    fn index_of(&self, pid: i32) -> Option<usize> {
        self.processes.binary_search_by_key(&pid, |process| process.identity.pid).ok()
    }
}

impl<'a> IntoIterator for &'a ProcessTable {
    type Item = &'a ProcessInfo;
    type IntoIter = std::slice::Iter<'a, ProcessInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// `kthreadd` and what it made have neither arguments nor an executable.
fn looks_like_kernel_thread(process: &ProcessInfo) -> bool {
    (process.identity.pid == 2 && process.ppid == 0 || process.ppid == 2)
        && process.argv.is_empty()
        && process.exe.is_none()
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
