//! How other threads reach the JavaScript thread of one environment: a list of letters and one wake-up per batch.
//!
//! Only the letter that finds the list empty wakes the thread; JavaScript then fetches the whole batch by one call of
//! `mailboxDrain`. The wake-up does not keep the process alive: whoever waits for a letter and wants that calls
//! `mailbox.ref()` in JavaScript. After [`Mailbox::close`] letters are dropped.

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use parking_lot::Mutex;

use super::flat::FlatArray;
use super::letter::Letter;
use super::numbers::Numbers;
use crate::engine::{CallSink, Settled};

/// Weak: an environment that only waits for letters may end. No argument, no answer: it says "there is something".
type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 0>;

/// The letters for one environment. Shared by every thread that has something to tell it.
#[derive(Default)]
pub(crate) struct Mailbox {
    inbox: Mutex<Inbox>,
    /// Whether the inbox has letters: written under its lock, read without.
    has_letters: AtomicBool,
}

/// Between two looks at the inbox: a few hundred nanoseconds, in which the core rests.
const PAUSES: u32 = 8;

#[derive(Default)]
struct Inbox {
    letters: Vec<Letter>,
    wake: Option<Arc<Wake>>,
}

impl Mailbox {
    /// Adds a letter, from any thread. Dropped when the environment is gone.
    pub(crate) fn post(&self, letter: Letter) {
        let mut inbox = self.inbox.lock();
        let Some(wake) = inbox.wake.clone() else { return };
        inbox.letters.push(letter);
        let first = inbox.letters.len() == 1;
        self.has_letters.store(true, Ordering::Release);
        drop(inbox);
        if first {
            wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Hands a permit to a waiter of the mailbox's own environment, behind grants of other threads that wait to be read.
    pub(super) fn grant_in_order(
        &self,
        waiter: u32,
        flat: &mut FlatArray<'_>,
        numbers: &mut Numbers<'_>,
    ) -> napi::Result<()> {
        let letter = Letter::PermitGranted { waiter };
        if self.has_letters() {
            self.post(letter);
            return Ok(());
        }
        letter.write(flat, numbers)
    }

    /// Whether letters wait. What happens on the JavaScript thread itself must not overtake them.
    pub(crate) fn has_letters(&self) -> bool {
        self.has_letters.load(Ordering::Acquire)
    }

    /// Stays awake until there are letters, at most so long. Gives the core to nobody meanwhile: on a busy machine it would come back too late.
    pub(super) fn look(&self, most: Duration) -> bool {
        let start = Instant::now();
        while !self.has_letters() {
            if start.elapsed() >= most {
                return false;
            }
            (0..PAUSES).for_each(|_| hint::spin_loop());
        }
        true
    }

    /// Ends the mailbox with its environment.
    pub(super) fn close(&self) {
        // Dropped outside the lock: releasing the wake-up calls into Node.
        let mut inbox = self.inbox.lock();
        self.has_letters.store(false, Ordering::Release);
        let closed = std::mem::take(&mut *inbox);
        drop(inbox);
        drop(closed);
    }

    pub(super) fn open(&self, wake: Wake) {
        self.inbox.lock().wake = Some(Arc::new(wake));
    }

    /// The oldest letters, at most so many, and how many are left; whoever leaves some takes them next, for nothing wakes anybody again.
    pub(super) fn take(&self, most: usize) -> (Vec<Letter>, usize) {
        let mut inbox = self.inbox.lock();
        if inbox.letters.len() <= most {
            self.has_letters.store(false, Ordering::Release);
            return (std::mem::take(&mut inbox.letters), 0);
        }
        let rest = inbox.letters.split_off(most);
        let left = rest.len();
        (std::mem::replace(&mut inbox.letters, rest), left)
    }
}

/// Hears of calls that hold no slot.
pub(super) struct SlotlessSink(pub(super) Arc<Mailbox>);

impl CallSink for SlotlessSink {
    fn settled(&self, settled: Settled) {
        self.0.post(Letter::CallSettled { settled: Box::new(settled), slot: false });
    }

    fn progress(&self, number: u64, params: &[u8]) {
        self.0.progress(number, params);
    }

    fn input_required(&self, number: u64, round: u32, questions: &str) {
        self.0.input_required(number, round, questions);
    }
}
