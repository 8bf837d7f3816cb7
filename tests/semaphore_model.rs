//! The semaphore against a model that is too simple to be wrong: a queue that is searched from its head.

use std::collections::{HashMap, VecDeque};

use procman::semaphore::{Acquired, FifoSemaphore, OverRelease, Waiter, WaiterKey};
use proptest::prelude::*;

const OWNERS: u32 = 3;

#[derive(Debug, Clone)]
enum Step {
    Acquire(u32),
    TryAcquire(u32),
    Release(u32),
    Cancel(prop::sample::Index),
    Resize(u32),
    Rejoin(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let owner = 0..OWNERS;
    prop_oneof![
        6 => owner.clone().prop_map(Step::Acquire),
        2 => owner.clone().prop_map(Step::TryAcquire),
        5 => owner.clone().prop_map(Step::Release),
        3 => any::<prop::sample::Index>().prop_map(Step::Cancel),
        1 => (1_u32..6).prop_map(Step::Resize),
        1 => owner.prop_map(Step::Rejoin),
    ]
}

/// What the semaphore should be, searched linearly.
struct Model {
    limit: u32,
    max_queue: u32,
    held: [u32; OWNERS as usize],
    queue: VecDeque<Waiter>,
}

impl Model {
    fn in_use(&self) -> u32 {
        self.held.iter().sum()
    }

    fn try_acquire(&mut self, owner: u32) -> bool {
        let free = self.in_use() < self.limit;
        self.held[owner as usize] += u32::from(free);
        free
    }

    fn grant(&mut self) -> Vec<Waiter> {
        let mut granted = Vec::new();
        while self.in_use() < self.limit {
            let Some(waiter) = self.queue.pop_front() else { break };
            self.held[waiter.owner as usize] += 1;
            granted.push(waiter);
        }
        granted
    }

    fn release(&mut self, owner: u32) -> Result<Vec<Waiter>, OverRelease> {
        let held = &mut self.held[owner as usize];
        *held = held.checked_sub(1).ok_or(OverRelease)?;
        Ok(self.grant())
    }

    fn cancel(&mut self, waiter: Waiter) -> bool {
        let found = self.queue.iter().position(|queued| *queued == waiter);
        found.is_some_and(|index| self.queue.remove(index).is_some())
    }

    fn detach(&mut self, owner: u32) -> Vec<Waiter> {
        self.queue.retain(|waiter| waiter.owner != owner);
        self.held[owner as usize] = 0;
        self.grant()
    }
}

/// Both, side by side, with every waiter that ever was: stale keys must be harmless.
struct Pair {
    semaphore: FifoSemaphore,
    model: Model,
    keys: Vec<(WaiterKey, Waiter)>,
    tokens: HashMap<u32, u32>,
}

impl Pair {
    fn new(limit: u32, max_queue: u32) -> Self {
        let mut semaphore = FifoSemaphore::new(limit, max_queue);
        (0..OWNERS).for_each(|owner| assert_eq!(semaphore.attach(), owner));
        let model = Model { limit, max_queue, held: [0; OWNERS as usize], queue: VecDeque::new() };
        Self { semaphore, model, keys: Vec::new(), tokens: HashMap::new() }
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Acquire(owner) => self.acquire(owner),
            Step::TryAcquire(owner) => {
                assert_eq!(self.semaphore.try_acquire(owner), self.model.try_acquire(owner));
            }
            Step::Release(owner) => {
                let granted =
                    self.semaphore.release(owner).map(|waiter| waiter.into_iter().collect::<Vec<_>>());
                assert_eq!(granted, self.model.release(owner));
            }
            Step::Cancel(ref index) if !self.keys.is_empty() => {
                let (key, waiter) = *index.get(&self.keys);
                assert_eq!(self.semaphore.cancel(key, waiter), self.model.cancel(waiter));
            }
            Step::Cancel(_) => {}
            Step::Resize(limit) => {
                self.model.limit = limit;
                assert_eq!(self.semaphore.resize(limit), self.model.grant());
            }
            Step::Rejoin(owner) => {
                assert_eq!(self.semaphore.detach(owner), self.model.detach(owner));
                assert_eq!(self.semaphore.attach(), owner);
            }
        }
    }

    fn acquire(&mut self, owner: u32) {
        let token = self.tokens.entry(owner).or_default();
        *token += 1;
        let waiter = Waiter { owner, token: *token };
        match self.semaphore.acquire(waiter) {
            Acquired::Granted => assert!(self.model.try_acquire(owner)),
            Acquired::QueueFull => assert_eq!(self.model.queue.len(), self.model.max_queue as usize),
            Acquired::Queued(key) => {
                assert!(!self.model.try_acquire(owner), "waits though a permit is free");
                self.model.queue.push_back(waiter);
                self.keys.push((key, waiter));
            }
        }
    }

    fn check(&self) {
        let status = self.semaphore.status();
        assert_eq!(status.limit, self.model.limit);
        assert_eq!(status.in_use, self.model.in_use());
        assert_eq!(status.queued as usize, self.model.queue.len());
        assert!(status.queued == 0 || status.in_use >= status.limit, "somebody waits beside a free permit");
    }
}

proptest! {
    #[test]
    fn behaves_like_the_model(limit in 1_u32..5, max_queue in 0_u32..12, steps in prop::collection::vec(step(), 0..300)) {
        let mut pair = Pair::new(limit, max_queue);
        for step in &steps {
            pair.apply(step);
            pair.check();
        }
    }
}

#[test]
fn a_newcomer_does_not_overtake_the_waiter() {
    let mut semaphore = FifoSemaphore::new(1, u32::MAX);
    let owner = semaphore.attach();
    assert_eq!(semaphore.acquire(Waiter { owner, token: 1 }), Acquired::Granted);
    assert!(matches!(semaphore.acquire(Waiter { owner, token: 2 }), Acquired::Queued(_)));
    assert_eq!(semaphore.release(owner), Ok(Some(Waiter { owner, token: 2 })));
    assert!(!semaphore.try_acquire(owner), "the permit went from hand to hand");
}

#[test]
fn a_cancel_that_comes_after_the_grant_is_told_so_and_loses_no_permit() {
    let mut semaphore = FifoSemaphore::new(1, u32::MAX);
    let owner = semaphore.attach();
    let waiter = Waiter { owner, token: 2 };
    assert_eq!(semaphore.acquire(Waiter { owner, token: 1 }), Acquired::Granted);
    let Acquired::Queued(key) = semaphore.acquire(waiter) else { panic!("the limit is 1") };
    assert_eq!(semaphore.release(owner), Ok(Some(waiter)));
    assert!(!semaphore.cancel(key, waiter));
    assert_eq!(semaphore.release(owner), Ok(None));
    assert_eq!(semaphore.release(owner), Err(OverRelease));
}
