//! The limiter between real threads: nobody is lost, nobody overtakes, a thread that ends gives everything back.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use procman::semaphore::{Acquired, GrantSink, Limiter};

struct Channel(Mutex<Sender<u32>>);

impl GrantSink for Channel {
    fn granted(&self, token: u32) {
        // A receiver that is gone belongs to a member that is leaving.
        let _ = self.0.lock().unwrap().send(token);
    }
}

fn sink() -> (Arc<Channel>, std::sync::mpsc::Receiver<u32>) {
    let (sender, receiver) = channel();
    (Arc::new(Channel(Mutex::new(sender))), receiver)
}

#[test]
fn threads_that_wait_for_each_other_never_exceed_the_limit_and_all_finish() {
    const LIMIT: u32 = 3;
    let limiter = Limiter::new(LIMIT, u32::MAX);
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let limiter = Arc::clone(&limiter);
            thread::spawn(move || {
                let (sink, grants) = sink();
                let member = limiter.join(sink);
                for token in 0..2000 {
                    if let Acquired::Queued(_) = member.acquire(token) {
                        assert_eq!(grants.recv().unwrap(), token);
                    }
                    assert!(member.status().in_use <= LIMIT);
                    assert_eq!(
                        member.release(),
                        Ok(None),
                        "a member with one request never grants to itself"
                    );
                }
            })
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    assert_eq!(limiter.join(sink().0).status().in_use, 0);
}

#[test]
fn a_member_that_leaves_with_permits_and_waiters_loses_neither() {
    let limiter = Limiter::new(2, u32::MAX);
    let (stays_sink, grants) = sink();
    let stays = limiter.join(stays_sink);
    let leaves = limiter.join(sink().0);
    assert!(leaves.try_acquire() && leaves.try_acquire());
    assert!(matches!(leaves.acquire(1), Acquired::Queued(_)));
    assert!(matches!(stays.acquire(7), Acquired::Queued(_)));
    drop(leaves);
    assert_eq!(grants.recv().unwrap(), 7);
    let status = stays.status();
    assert_eq!((status.in_use, status.queued), (1, 0));
}
