//! The pidfds of running units, for threads that signal without asking the engine thread.

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::unit::UnitNumber;
use crate::model::ProcessIdentity;
use crate::sys;

/// What any thread may do with a unit.
#[derive(Debug, Clone)]
pub(crate) struct UnitHandle {
    /// Its first process.
    pub(crate) identity: ProcessIdentity,
    /// A hold on it, if there was a descriptor for that.
    pub(crate) pidfd: Option<Arc<OwnedFd>>,
    /// The root of its tree.
    pub(crate) shim: i32,
}

/// Unit number → handle, from `Started` to `Ended`.
#[derive(Debug, Default)]
pub(crate) struct UnitHandles {
    open: Mutex<HashMap<UnitNumber, UnitHandle>>,
    last: AtomicU64,
}

impl UnitHandles {
    /// A number that no unit had.
    pub(crate) fn next_number(&self) -> UnitNumber {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn insert(&self, number: UnitNumber, handle: UnitHandle) {
        self.open.lock().insert(number, handle);
    }

    pub(crate) fn remove(&self, number: UnitNumber) {
        self.open.lock().remove(&number);
    }

    pub(crate) fn get(&self, number: UnitNumber) -> Option<UnitHandle> {
        self.open.lock().get(&number).cloned()
    }

    /// Number and shim of every running unit, by number.
    pub(crate) fn all(&self) -> Vec<(UnitNumber, i32)> {
        let mut all: Vec<_> =
            self.open.lock().iter().map(|(number, handle)| (*number, handle.shim)).collect();
        all.sort_unstable();
        all
    }

    /// One signal to the first process, by identity. False: it is gone, or not ours to signal.
    pub(crate) fn signal(&self, number: UnitNumber, signal: i32) -> bool {
        let handle = self.get(number);
        handle.is_some_and(|UnitHandle { identity, pidfd, .. }| {
            let sent = match pidfd {
                Some(pidfd) => sys::pidfd::send_signal(pidfd.as_fd(), signal),
                None => sys::procfs::signal_by_identity(&identity, signal),
            };
            sent.is_ok()
        })
    }
}
