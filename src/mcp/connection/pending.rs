//! The requests that wait for an answer. An entry leaves this table once, and whoever takes it out settles it.

use std::collections::HashMap;
use std::sync::Arc;

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

/// The table. Its lock is never held while foreign code runs.
#[derive(Default)]
pub(super) struct Pending {
    entries: Mutex<HashMap<RequestId, Entry>>,
}

impl Pending {
    pub(super) fn insert(&self, id: RequestId, entry: Entry) {
        self.entries.lock().insert(id, entry);
    }

    pub(super) fn take(&self, id: RequestId) -> Option<Entry> {
        self.entries.lock().remove(&id)
    }

    pub(super) fn progress_sink(&self, id: RequestId) -> Option<Arc<dyn ProgressSink>> {
        self.entries.lock().get(&id).and_then(|entry| entry.progress.clone())
    }

    /// Everything, oldest first.
    pub(super) fn take_all(&self) -> Vec<(RequestId, Entry)> {
        let mut all: Vec<_> = self.entries.lock().drain().collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all
    }

    /// Takes out a request that is open for as long as the server lives.
    pub(super) fn take_background(&self, id: RequestId) -> Option<Entry> {
        let mut entries = self.entries.lock();
        entries.get(&id).filter(|entry| entry.background)?;
        entries.remove(&id)
    }

    /// How many somebody waits for.
    pub(super) fn working(&self) -> usize {
        self.entries.lock().values().filter(|entry| !entry.background).count()
    }
}
