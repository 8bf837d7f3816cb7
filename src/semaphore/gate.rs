//! Free permits in memory that one member's own code reads and writes without a call: for JavaScript a call costs more than all the rest.
//!
//! | gate | who takes or gives back |
//! |---|---|
//! | open: `free` permits, nobody waits | the member that has it, by one compare-and-exchange; everybody else under the limiter's lock, which shuts it meanwhile |
//! | shut | everybody under the lock |
//!
//! The lock's holder shuts the gate before it looks at the counts, and opens it when nobody waits: so nobody passes by who waits, and whoever finds it
//! shut, or loses the race for it, goes the way through the lock. `taken` is the member's alone, on its own thread: what it took by the gate and has
//! not given back.

use std::sync::atomic::{AtomicI32, Ordering};

/// Instead of a number of free permits.
const SHUT: i32 = -1;

/// Two words, as the member's own code sees them: `free`, then `taken`.
#[derive(Debug)]
#[repr(C)]
pub struct Gate {
    free: AtomicI32,
    taken: AtomicI32,
}

impl Default for Gate {
    fn default() -> Self {
        Self { free: AtomicI32::new(SHUT), taken: AtomicI32::new(0) }
    }
}

impl Gate {
    /// How many words it is.
    pub const WORDS: usize = 2;

    /// Where they begin, for code that this one does not see. It may change `free` from `n` by one compare-and-exchange to `n - 1` if `n` is above 0, with
    /// `taken` one more; or to `n + 1` if `n` is not below 0 and `taken` above 0, with that one less.
    #[must_use]
    pub const fn words(&self) -> *mut i32 {
        self.free.as_ptr()
    }

    /// Takes a permit if the gate is open and one is free. Of the member that has it, on its thread.
    #[must_use]
    pub fn take(&self) -> bool {
        let passed = self.change(|free| (free > 0).then(|| free - 1));
        if passed {
            self.taken.fetch_add(1, Ordering::Relaxed);
        }
        passed
    }

    /// Gives a permit back that came through the gate, if it is open. Of the member that has it, on its thread.
    #[must_use]
    pub fn give_back(&self) -> bool {
        let passed =
            self.taken.load(Ordering::Relaxed) > 0 && self.change(|free| (free >= 0).then(|| free + 1));
        if passed {
            self.taken.fetch_sub(1, Ordering::Relaxed);
        }
        passed
    }

    /// Nobody passes any more. So many permits were free; `None`: it was shut.
    pub(super) fn shut(&self) -> Option<u32> {
        u32::try_from(self.free.swap(SHUT, Ordering::SeqCst)).ok()
    }

    /// So many permits are free. More than a word has room for stay behind the lock.
    pub(super) fn open(&self, free: u32) {
        if let Ok(free) = i32::try_from(free) {
            self.free.store(free, Ordering::SeqCst);
        }
    }

    /// The permits that came through it, which are counted elsewhere from now on. Of the member that has it, on its thread.
    pub(super) fn settle(&self) -> u32 {
        self.taken.swap(0, Ordering::Relaxed).cast_unsigned()
    }

    fn change(&self, next: impl Fn(i32) -> Option<i32>) -> bool {
        self.free.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).is_ok()
    }
}
