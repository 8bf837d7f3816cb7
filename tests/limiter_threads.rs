//! The limiter between real threads: nobody is lost, nobody overtakes, a thread that ends gives everything back.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use procman::semaphore::{Acquired, GrantSink, Limiter, OverRelease};

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

/// The member with the gate goes by it and by the queue in turn, while the others shut it all the time.
#[test]
fn permits_taken_by_the_gate_and_by_the_queue_never_exceed_the_limit_and_all_come_back() {
    const LIMIT: u32 = 3;
    let limiter = Limiter::new(LIMIT, u32::MAX);
    let out = Arc::new(AtomicU32::new(0));
    let workers: Vec<_> = (0..4)
        .map(|number| {
            let (limiter, out) = (Arc::clone(&limiter), Arc::clone(&out));
            thread::spawn(move || {
                let (sink, grants) = sink();
                let member = limiter.join(sink);
                assert!(number > 0 || member.gate().is_some());
                for token in 0..5000 {
                    if !member.try_acquire()
                        && let Acquired::Queued(_) = member.acquire(token)
                    {
                        assert_eq!(grants.recv().unwrap(), token);
                    }
                    assert!(out.fetch_add(1, Ordering::SeqCst) < LIMIT);
                    out.fetch_sub(1, Ordering::SeqCst);
                    assert_eq!(member.release(), Ok(None));
                }
            })
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    let status = limiter.join(sink().0).status();
    assert_eq!((status.in_use, status.queued), (0, 0));
}

#[test]
fn nobody_goes_by_the_gate_while_somebody_waits() {
    let limiter = Limiter::new(1, u32::MAX);
    let has_gate = limiter.join(sink().0);
    let (other_sink, grants) = sink();
    let other = limiter.join(other_sink);
    let gate = has_gate.gate().unwrap();
    assert!(other.gate().is_none() && has_gate.gate().is_none(), "it is lent once");
    assert!(gate.take() && !gate.take());
    assert!(matches!(other.acquire(5), Acquired::Queued(_)));
    assert!(!gate.give_back(), "the permit is the waiter's");
    assert_eq!(has_gate.release(), Ok(None));
    assert_eq!(grants.recv().unwrap(), 5);
    assert!(!gate.take() && !has_gate.try_acquire());
    assert_eq!(has_gate.release(), Err(OverRelease), "it holds none any more");
    assert_eq!(other.release(), Ok(None));
    assert!(gate.take() && gate.give_back(), "it is open again");
}

#[test]
fn limit_that_shrinks_below_what_went_through_the_gate_keeps_it_shut() {
    let limiter = Limiter::new(3, u32::MAX);
    let member = limiter.join(sink().0);
    let gate = member.gate().unwrap();
    assert!(gate.take() && gate.take());
    assert!(member.resize(1).is_empty());
    assert_eq!((member.status().in_use, member.status().limit), (2, 1));
    assert!(!gate.take() && !gate.give_back());
    assert_eq!((member.release(), member.status().in_use), (Ok(None), 1));
    assert_eq!((member.release(), member.status().in_use), (Ok(None), 0));
    assert!(gate.take() && !gate.take());
}

#[test]
fn a_member_that_leaves_gives_back_what_it_took_by_the_gate() {
    let limiter = Limiter::new(2, u32::MAX);
    let leaves = limiter.join(sink().0);
    let (stays_sink, grants) = sink();
    let stays = limiter.join(stays_sink);
    let gate = leaves.gate().unwrap();
    assert!(gate.take() && gate.take());
    assert!(matches!(stays.acquire(7), Acquired::Queued(_)));
    drop(leaves);
    assert_eq!(grants.recv().unwrap(), 7);
    assert_eq!(stays.status().in_use, 1);
    assert!(stays.gate().is_none(), "the memory of the member that left may still be looked at");
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
