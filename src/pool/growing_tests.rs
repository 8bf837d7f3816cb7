//! When calls that wait start another instance, and when they are served sooner without.

use super::super::ask::{Answer, Ask, Patience};
use super::super::restarts::Restarts;
use super::*;
use crate::model::PoolSettings;

const START: Duration = Duration::from_millis(400);

/// A pool with one instance that took [`START`] to start and has answered calls that took `service` each.
struct Bench {
    pool: PoolState,
    now: Instant,
}

impl Bench {
    fn new(calls: usize, service: Duration) -> Self {
        let settings = PoolSettings { max_calls_per_instance: 4, ..PoolSettings::default() };
        let pool = PoolState::new("p", settings, Box::new(Restarts::new("p", 3, 1)));
        let mut bench = Self { pool, now: Instant::now() };
        bench.call();
        let first = bench.starts()[0];
        bench.now += START;
        bench.pool.started(first, bench.now);
        bench.pool.call_done(first, None, bench.now, bench.now);
        for _ in 0..calls {
            let (since, Answer::Ready(instance)) = (bench.now, bench.call()) else { panic!("a warm one") };
            bench.now += service;
            bench.pool.call_done(instance, None, since, bench.now);
        }
        bench
    }

    fn call(&mut self) -> Answer {
        self.pool.ask(Ask::call(None), self.now)
    }

    /// Fills the instance and lets so many wait; how many starts followed.
    fn wait_with(&mut self, waiting: usize) -> usize {
        for _ in 0..4 {
            assert!(matches!(self.call(), Answer::Ready(_)));
        }
        for _ in 0..waiting {
            assert!(matches!(self.call(), Answer::Waits(_)));
        }
        self.starts().len()
    }

    fn starts(&mut self) -> Vec<u64> {
        let order = |effect| match effect {
            Effect::Start { instance, .. } => Some(instance),
            _ => None,
        };
        self.pool.take_effects().into_iter().filter_map(order).collect()
    }
}

/// Sixteen calls of ten microseconds and one more started another process, which took a core from the first.
#[test]
fn calls_that_are_served_sooner_than_a_start_takes_start_nothing() {
    let mut quick = Bench::new(50, Duration::from_micros(10));
    assert_eq!(quick.wait_with(100), 0);
    let mut slow = Bench::new(50, Duration::from_secs(1));
    assert_eq!(slow.wait_with(1), 0, "a quarter of a second for the next one to end");
    assert_eq!(Bench::new(50, Duration::from_secs(1)).wait_with(2), 1, "half a second");
}

#[test]
fn calls_that_take_longer_than_expected_are_waited_for_as_long_as_a_start_takes() {
    let mut bench = Bench::new(50, Duration::from_micros(10));
    assert_eq!(bench.wait_with(1), 0);
    let next = bench.pool.tick(bench.now).expect("the clock is set");
    assert_eq!(next, bench.now + START);
    bench.now = next;
    bench.pool.tick(bench.now);
    assert_eq!(bench.starts().len(), 1);
}

#[test]
fn calls_of_a_server_of_which_little_is_known_start_the_next_at_once() {
    assert_eq!(Bench::new(10, Duration::from_micros(10)).wait_with(1), 1);
}

#[test]
fn leases_start_the_next_at_once() {
    let mut bench = Bench::new(50, Duration::from_micros(10));
    let leases = bench.pool.holdings.settings.max_leases_per_instance;
    for lease in 0..u64::from(leases) {
        let ask = Ask::lease(lease + 1, None, Patience::Pool);
        assert!(matches!(bench.pool.ask(ask, bench.now), Answer::Ready(_)));
    }
    assert_eq!(bench.starts().len(), 0);
    let one_more = Ask::lease(100, None, Patience::Pool);
    assert!(matches!(bench.pool.ask(one_more, bench.now), Answer::Waits(_)));
    assert_eq!(bench.starts().len(), 1);
}

/// Nothing tells that it takes no wait to have room.
#[test]
fn full_pool_of_quick_calls_is_told_as_exhausted_only_when_nothing_may_start() {
    let told = |bench: &mut Bench| {
        let effects = bench.pool.take_effects();
        effects
            .iter()
            .any(|it| matches!(it, Effect::Event(super::super::effect::PoolEvent::Exhausted { .. })))
    };
    let mut bench = Bench::new(50, Duration::from_micros(10));
    bench.pool.take_effects();
    for _ in 0..5 {
        bench.call();
    }
    assert!(!told(&mut bench), "it could grow");
    bench.pool.holdings.settings.max_instances = 1;
    bench.call();
    assert!(told(&mut bench));
}
