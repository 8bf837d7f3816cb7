//! Work for two threads: what waits for the kernel, one process at a time, takes half as long.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How work is divided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portions {
    /// So many are done before another thread is there.
    pub(crate) alone: usize,
    /// So many a thread takes at once: the one that is done first waits for no longer than these take.
    pub(crate) chunk: usize,
}

/// Of what is one process each.
const PROCESSES: Portions = Portions { alone: 64, chunk: 16 };

/// The answers for all of these processes, in their order: this thread works, and one more if there is enough to do.
pub(crate) fn map<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_in(PROCESSES, all, work)
}

/// The same of what is more or less than a process.
pub(crate) fn map_in<T: Sync, R: Send>(
    portions: Portions,
    all: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if all.len() <= portions.alone {
        return all.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take_chunks = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = all.chunks(portions.chunk).nth(number) else { return done };
            done.push((number, chunk.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut done: Vec<_> = run(take_chunks).into_iter().flatten().collect();
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, answers)| answers).collect()
}

/// Does the same on this thread and on one more: work that takes its parts from one place. What each of them did.
pub(crate) fn run<R: Send>(work: impl Fn() -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        // Where the machine refuses a thread this one does the work alone.
        let helper = thread::Builder::new().name("procman-reader".into()).spawn_scoped(scope, &work).ok();
        let mut done = vec![work()];
        match helper.map(thread::ScopedJoinHandle::join) {
            Some(Ok(others)) => done.push(others),
            // Half of an answer would pass for a whole one.
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => {}
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let Portions { alone, .. } = PROCESSES;
        for count in [0, 1, alone, alone + 1, 10 * alone + 3] {
            let all: Vec<usize> = (0..count).collect();
            assert_eq!(map(&all, |number| number + 1), (1..=count).collect::<Vec<_>>());
        }
    }
}
