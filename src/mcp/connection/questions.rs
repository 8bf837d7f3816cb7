//! What the server asked and nobody answered yet. An entry leaves once, and whoever takes it out has the say.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// More open questions than anybody means. A server that asks on and on is refused, not remembered.
const MOST: usize = 256;

/// Our numbers → the server's own ids, raw.
#[derive(Default)]
pub(super) struct Questions {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    open: BTreeMap<u64, Vec<u8>>,
    last: u64,
}

impl Questions {
    /// Notes a question; `None` if too many are open.
    pub(super) fn enter(&self, id: &[u8]) -> Option<u64> {
        let mut inner = self.inner.lock();
        if inner.open.len() == MOST {
            return None;
        }
        inner.last += 1;
        let number = inner.last;
        inner.open.insert(number, id.to_vec());
        Some(number)
    }

    /// The server's id of a question that is being answered.
    pub(super) fn take(&self, number: u64) -> Option<Vec<u8>> {
        self.inner.lock().open.remove(&number)
    }

    /// The server took its question back.
    pub(super) fn withdraw(&self, id: &[u8]) -> Option<u64> {
        let mut inner = self.inner.lock();
        let number =
            inner.open.iter().find(|(_, known)| known.as_slice() == id).map(|(number, _)| *number)?;
        inner.open.remove(&number);
        Some(number)
    }

    /// All of them, oldest first.
    pub(super) fn take_all(&self) -> Vec<u64> {
        std::mem::take(&mut self.inner.lock().open).into_keys().collect()
    }
}
