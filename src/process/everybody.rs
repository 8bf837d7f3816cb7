//! Asking about every process of the machine, on two threads that share one listing of the numbers: one reads while the other lists. What is asked
//! is the caller's.

use std::io;

use parking_lot::Mutex;

use crate::sys::process_numbers::ProcessNumbers;
use crate::sys::two_threads;

/// The answers of all who have one, in no order. Nobody is asked twice but who was given a number that the listing passes later.
///
/// # Errors
/// What listing `/proc` says.
pub(super) fn ask<R: Send>(question: impl Fn(i32) -> Option<R> + Sync) -> io::Result<Vec<R>> {
    let listing = Mutex::new(ProcessNumbers::open()?);
    let ask_portions = || -> io::Result<Vec<R>> {
        let (mut answers, mut portion) = (Vec::new(), Vec::new());
        loop {
            listing.lock().next_portion(&mut portion)?;
            if portion.is_empty() {
                return Ok(answers);
            }
            answers.extend(portion.iter().filter_map(|pid| question(*pid)));
        }
    };
    two_threads::run(ask_portions).into_iter().try_fold(Vec::new(), |mut all, answers| {
        all.append(&mut answers?);
        Ok(all)
    })
}
