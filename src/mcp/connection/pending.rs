//! The requests that wait for an answer. An entry leaves this table once, and whoever takes it out settles it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::mcp::reply::{ProgressSink, ReplySink, RequestId};

/// One request in flight.
pub(super) struct Entry {
    pub(super) sink: Box<dyn ReplySink>,
    pub(super) progress: Option<Arc<dyn ProgressSink>>,
    /// `initialize` must not be cancelled on the wire.
    pub(super) cancellable: bool,
}

/// The requests in flight on all connections of this process.
static EVERYWHERE: AtomicUsize = AtomicUsize::new(0);

/// The table. Its lock is never held while foreign code runs.
#[derive(Default)]
pub(super) struct Pending {
    entries: Mutex<HashMap<RequestId, Entry>>,
}

impl Pending {
    pub(super) fn insert(&self, id: RequestId, entry: Entry) {
        EVERYWHERE.fetch_add(1, Ordering::Relaxed);
        self.entries.lock().insert(id, entry);
    }

    pub(super) fn take(&self, id: RequestId) -> Option<Entry> {
        let entry = self.entries.lock().remove(&id);
        EVERYWHERE.fetch_sub(usize::from(entry.is_some()), Ordering::Relaxed);
        entry
    }

    pub(super) fn progress_sink(&self, id: RequestId) -> Option<Arc<dyn ProgressSink>> {
        self.entries.lock().get(&id).and_then(|entry| entry.progress.clone())
    }

    /// Everything, oldest first.
    pub(super) fn take_all(&self) -> Vec<(RequestId, Entry)> {
        let mut all: Vec<_> = self.entries.lock().drain().collect();
        EVERYWHERE.fetch_sub(all.len(), Ordering::Relaxed);
        all.sort_unstable_by_key(|(id, _)| *id);
        all
    }

    /// Whether no other connection waits for anything. A hint: it may be out of date when it is read.
    pub(super) fn are_alone(&self) -> bool {
        EVERYWHERE.load(Ordering::Relaxed) <= self.len()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.lock().len()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        EVERYWHERE.fetch_sub(self.entries.get_mut().len(), Ordering::Relaxed);
    }
}
