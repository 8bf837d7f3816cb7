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
    /// Open for as long as the server lives: no work, and the server may end it by a cancellation of its own.
    pub(super) background: bool,
}

/// The requests in flight on all connections of this process.
static EVERYWHERE: AtomicUsize = AtomicUsize::new(0);

/// The table. Its lock is never held while foreign code runs.
#[derive(Default)]
pub(super) struct Pending {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    working: HashMap<RequestId, Entry>,
    background: HashMap<RequestId, Entry>,
}

impl Pending {
    pub(super) fn insert(&self, id: RequestId, entry: Entry) {
        let mut entries = self.entries.lock();
        if entry.background {
            entries.background.insert(id, entry);
        } else {
            EVERYWHERE.fetch_add(1, Ordering::Relaxed);
            entries.working.insert(id, entry);
        }
    }

    pub(super) fn take(&self, id: RequestId) -> Option<Entry> {
        let mut entries = self.entries.lock();
        let Some(entry) = entries.working.remove(&id) else { return entries.background.remove(&id) };
        EVERYWHERE.fetch_sub(1, Ordering::Relaxed);
        Some(entry)
    }

    /// Takes out a request that is open for as long as the server lives, and no other.
    pub(super) fn take_background(&self, id: RequestId) -> Option<Entry> {
        self.entries.lock().background.remove(&id)
    }

    pub(super) fn progress_sink(&self, id: RequestId) -> Option<Arc<dyn ProgressSink>> {
        self.entries.lock().working.get(&id).and_then(|entry| entry.progress.clone())
    }

    /// Everything, oldest first.
    pub(super) fn take_all(&self) -> Vec<(RequestId, Entry)> {
        let Entries { working, background } = std::mem::take(&mut *self.entries.lock());
        EVERYWHERE.fetch_sub(working.len(), Ordering::Relaxed);
        let mut all: Vec<_> = working.into_iter().chain(background).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all
    }

    /// Whether no other connection waits for anything. A hint: it may be out of date when it is read.
    pub(super) fn are_alone(&self) -> bool {
        EVERYWHERE.load(Ordering::Relaxed) <= self.len()
    }

    /// How many somebody waits for.
    pub(super) fn len(&self) -> usize {
        self.entries.lock().working.len()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        EVERYWHERE.fetch_sub(self.entries.get_mut().working.len(), Ordering::Relaxed);
    }
}
