//! The calls in progress and their deadlines, under one short lock.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::call::Call;
use super::deadlines::{Deadlines, after};

/// Every call between its slot and its end.
#[derive(Default)]
pub(crate) struct CallTable {
    open: Mutex<Open>,
    /// Wakes the clock: the next deadline is earlier than the one it sleeps for.
    earlier: Notify,
}

#[derive(Default)]
struct Open {
    calls: BTreeMap<u64, Entry>,
    deadlines: Deadlines,
    last_number: u64,
}

/// The place of an ended call on the list, until its caller has heard of the end: a caller who counts its calls and those on the list in
/// one turn of its loop must find the same.
pub(crate) struct Listed {
    table: Arc<CallTable>,
    number: u64,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.table.open.lock().calls.remove(&self.number);
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listed").field(&self.number).finish()
    }
}

struct Entry {
    call: Arc<Call>,
    deadline: Option<Instant>,
}

impl CallTable {
    /// Enters a call under a number of its own; `make` gets the number.
    pub(crate) fn enter(&self, make: impl FnOnce(u64) -> Call) -> Arc<Call> {
        let mut open = self.open.lock();
        open.last_number += 1;
        let number = open.last_number;
        let call = Arc::new(make(number));
        let deadline = first_deadline(&call);
        let wake = deadline.is_some_and(|at| open.deadlines.insert(at, number));
        open.calls.insert(number, Entry { call: Arc::clone(&call), deadline });
        drop(open);
        if wake {
            self.earlier.notify_one();
        }
        call
    }

    /// A number for a call that is listed elsewhere.
    pub(crate) fn next_number(&self) -> u64 {
        let mut open = self.open.lock();
        open.last_number += 1;
        open.last_number
    }

    /// A call has ended: no deadline any more. It stays on the list until the answer is dropped.
    #[must_use]
    pub(crate) fn leave(self: &Arc<Self>, number: u64) -> Listed {
        let mut open = self.open.lock();
        let deadline = open.calls.get_mut(&number).and_then(|entry| entry.deadline.take());
        if let Some(at) = deadline {
            open.deadlines.remove(at, number);
        }
        Listed { table: Arc::clone(self), number }
    }

    /// A sign of life: the timeout starts anew, up to the call's total.
    pub(crate) fn extend(&self, call: &Call) {
        let Some(timeout) = call.request.timeout else { return };
        let latest = call.request.max_total.map(|total| after(call.started, total));
        let at = latest.into_iter().fold(after(Instant::now(), timeout), Instant::min);
        let mut open = self.open.lock();
        let Some(entry) = open.calls.get_mut(&call.number).filter(|_| !call.is_over()) else { return };
        if let Some(before) = entry.deadline.replace(at) {
            open.deadlines.remove(before, call.number);
        }
        if open.deadlines.insert(at, call.number) {
            self.earlier.notify_one();
        }
    }

    /// Somebody else is to act before the server can: only the total runs on. [`extend`](Self::extend) ends it.
    pub(crate) fn pause(&self, call: &Call) {
        if call.request.timeout.is_none() {
            return;
        }
        // A deadline that never comes keeps the call's place.
        let at = after(call.started, call.request.max_total.unwrap_or(Duration::MAX));
        let mut open = self.open.lock();
        let Some(entry) = open.calls.get_mut(&call.number).filter(|_| !call.is_over()) else { return };
        if let Some(before) = entry.deadline.replace(at) {
            open.deadlines.remove(before, call.number);
        }
        let _ = open.deadlines.insert(at, call.number);
    }

    /// When the call ends at the latest, as things stand.
    pub(crate) fn deadline(&self, number: u64) -> Option<Instant> {
        self.open.lock().calls.get(&number).and_then(|entry| entry.deadline)
    }

    pub(crate) fn find(&self, number: u64) -> Option<Arc<Call>> {
        self.open.lock().calls.get(&number).map(|entry| Arc::clone(&entry.call))
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Call>> {
        self.open.lock().calls.values().map(|entry| Arc::clone(&entry.call)).collect()
    }

    /// Runs for ever on the engine thread: hands over calls whose time is up.
    pub(crate) async fn keep_time(&self, time_out: impl Fn(&Arc<Call>)) {
        loop {
            let next = self.open.lock().deadlines.arm(Instant::now());
            match next {
                Some(at) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at.into()) => {}
                        () = self.earlier.notified() => continue,
                    }
                }
                None => self.earlier.notified().await,
            }
            for call in self.take_due() {
                time_out(&call);
            }
        }
    }

    fn take_due(&self) -> Vec<Arc<Call>> {
        let mut open = self.open.lock();
        let due = open.deadlines.take_due(Instant::now());
        due.iter().filter_map(|number| open.calls.get(number).map(|entry| Arc::clone(&entry.call))).collect()
    }
}

fn first_deadline(call: &Call) -> Option<Instant> {
    let times = call.request.timeout.into_iter().chain(call.request.max_total);
    times.map(|time| after(call.started, time)).min()
}
