//! The state with the real restart policy: waits, quarantine, what is told of it; memory and health.

use std::time::Duration;

use super::super::ask::{Answer, Ask, Patience, Pin};
use super::super::effect::{Effect, PoolEvent};
use super::super::restarts::Restarts;
use super::*;
use crate::model::{Error, ErrorCode, PoolSettings};

const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    pool: PoolState,
    now: Instant,
}

impl Bench {
    fn new(settings: PoolSettings) -> Self {
        let policy = Restarts::new("p", settings.max_restarts, 1);
        Self { pool: PoolState::new("p", settings, Box::new(policy)), now: Instant::now() }
    }

    /// The instances that were ordered since the last look, and the events.
    fn done(&mut self) -> (Vec<u64>, Vec<PoolEvent>) {
        let (mut starts, mut events) = (Vec::new(), Vec::new());
        for effect in self.pool.take_effects() {
            match effect {
                Effect::Start { instance, .. } => starts.push(instance),
                Effect::Event(event) => events.push(event),
                _ => {}
            }
        }
        (starts, events)
    }

    /// One more call; the instance that is started for it, once time has passed.
    fn call_until_start(&mut self) -> Option<u64> {
        let Answer::Waits(_) = self.pool.ask(Ask::call(None), self.now) else { return None };
        for _ in 0..100 {
            let (starts, events) = self.done();
            if !starts.is_empty() || events.iter().any(|it| matches!(it, PoolEvent::Quarantined { .. })) {
                return starts.first().copied();
            }
            let next = self.pool.tick(self.now)?;
            if self.pool.holdings.starting(0) == 0 {
                self.now = next;
            }
        }
        panic!("it spins")
    }

    fn ready(&mut self) -> u64 {
        let number = self.call_until_start().unwrap();
        self.pool.started(number, self.now);
        number
    }
}

fn crash() -> Error {
    Error::new(ErrorCode::ServerExited, "server 'p' exited with code 3")
}

#[test]
fn crash_loop_is_started_a_bounded_number_of_times_and_told_once() {
    let mut bench = Bench::new(PoolSettings { max_restarts: 3, ..PoolSettings::default() });
    let begin = bench.now;
    let mut starts = 0;
    while let Some(number) = bench.call_until_start() {
        starts += 1;
        bench.pool.started(number, bench.now);
        bench.pool.take_effects();
        assert!(bench.pool.lost(number, "crash", Some(&crash()), false, bench.now));
        if bench.pool.policy.quarantine(bench.now).is_some() {
            break;
        }
    }
    assert_eq!(starts, 4, "the first and three restarts");
    assert!(bench.now - begin < 5 * SECOND);
    let told =
        bench.done().1.into_iter().filter(|event| matches!(event, PoolEvent::Quarantined { .. })).count();
    assert_eq!(told, 1, "also when nobody waits");
    bench.pool.ask(Ask::call(None), bench.now);
    let effects = bench.pool.take_effects();
    let refused = |effect: &Effect| matches!(effect, Effect::Refused { error, .. } if error.code() == ErrorCode::ServerQuarantined);
    assert!(effects.iter().any(refused), "{effects:?}");
}

#[test]
fn minimum_of_a_broken_server_does_not_spin() {
    let mut bench = Bench::new(PoolSettings { min_instances: 2, ..PoolSettings::default() });
    bench.pool.grow(bench.now);
    let (begin, mut starts) = (bench.now, 0);
    while bench.now - begin < 600 * SECOND {
        for number in bench.done().0 {
            starts += 1;
            bench.pool.start_failed(number, &Error::new(ErrorCode::ServerStart, "no"), bench.now);
        }
        let next = bench.pool.tick(bench.now);
        if bench.pool.holdings.starting(0) == 0 {
            bench.now = next.expect("it is tried again").max(bench.now + Duration::from_millis(1));
        }
    }
    assert!((4..=16).contains(&starts), "{starts} starts in ten minutes");
}

#[test]
fn outgrown_instance_is_replaced_and_one_that_always_outgrows_is_left_alone() {
    let mut bench = Bench::new(PoolSettings::default());
    let mut number = bench.ready();
    let (mut ready, mut replaced) = (bench.now, 0);
    for _ in 0..50 {
        bench.now += SECOND;
        if bench.pool.outgrown(number, "memory", ready + SECOND, bench.now) {
            replaced += 1;
            let successor = bench.done().0[0];
            bench.pool.started(successor, bench.now);
            (number, ready) = (successor, bench.now);
        }
    }
    assert!((3..=5).contains(&replaced), "{replaced} replacements in 50 s");
    assert!(
        bench.pool.instance(number).is_some_and(super::super::instance_state::InstanceState::is_open),
        "the last one serves"
    );
}

#[test]
fn silent_instance_gets_no_new_calls_and_gets_them_again_when_it_answers() {
    let mut bench = Bench::new(PoolSettings { max_instances: 1, ..PoolSettings::default() });
    let number = bench.ready();
    bench.pool.set_healthy(number, false, bench.now);
    let Answer::Waits(ticket) = bench.pool.ask(Ask::call(None), bench.now) else { panic!("spared") };
    bench.pool.take_effects();
    bench.pool.set_healthy(number, true, bench.now);
    assert!(bench.pool.take_effects().contains(&Effect::Granted { ticket, instance: number }));
}

#[test]
fn silent_instance_is_helped_by_another_where_there_is_room() {
    let mut bench = Bench::new(PoolSettings::default());
    let number = bench.ready();
    bench.pool.set_healthy(number, false, bench.now);
    assert!(bench.call_until_start().is_some_and(|other| other != number));
}

/// An ask that would be let through.
fn is_ready(bench: &mut Bench, ask: Ask) -> bool {
    matches!(bench.pool.ask(ask, bench.now), Answer::Ready(_))
}

#[test]
fn strained_instance_serves_on_until_its_successor_is_ordered_and_then_keeps_who_must_stay() {
    let mut bench = Bench::new(PoolSettings { max_instances: 1, ..PoolSettings::default() });
    let old = bench.ready();
    bench.pool.take_effects();
    assert!(is_ready(&mut bench, Ask::lease(1, None, Patience::Pool)));
    assert!(is_ready(&mut bench, Ask::call(Some("stays"))));
    bench.pool.set_strained(old, true, bench.now);
    assert!(is_ready(&mut bench, Ask::call(None)), "nobody else will be there");
    assert!(bench.pool.outgrown(old, "memory", bench.now, bench.now));
    let successor = bench.done().0[0];
    let waits = |answer| match answer {
        Answer::Waits(ticket) => ticket,
        other => panic!("{other:?} instead of the wait for the successor"),
    };
    let of_nobody = waits(bench.pool.ask(Ask::call(None), bench.now));
    let of_lease = waits(bench.pool.ask(Ask::lease_call(1), bench.now));
    assert_eq!(bench.pool.ask(Ask::call(Some("stays")), bench.now), Answer::Ready(old));
    bench.pool.started(successor, bench.now);
    let effects = bench.pool.take_effects();
    for ticket in [of_nobody, of_lease] {
        assert!(effects.contains(&Effect::Granted { ticket, instance: successor }), "{effects:?}");
    }
}

#[test]
fn successor_may_warm_up_while_the_one_before_it_serves_and_nobody_waits() {
    let mut bench = Bench::new(PoolSettings { max_instances: 1, ..PoolSettings::default() });
    let old = bench.ready();
    assert!(is_ready(&mut bench, Ask::call(None)));
    assert!(bench.pool.outgrown(old, "memory", bench.now, bench.now));
    let successor = *bench.done().0.last().unwrap();
    assert!(bench.pool.may_warm_up(successor));
    assert!(!bench.pool.may_warm_up(old), "it follows nobody");
    bench.pool.set_strained(old, true, bench.now);
    assert!(!bench.pool.may_warm_up(successor), "the old one is spared");
    bench.pool.set_strained(old, false, bench.now);
    bench.pool.lost(old, "crash", Some(&crash()), true, bench.now);
    assert!(!bench.pool.may_warm_up(successor), "the old one is dead");
}

#[test]
fn instance_that_somebody_waits_for_may_not_warm_up() {
    let mut bench = Bench::new(PoolSettings { max_instances: 1, ..PoolSettings::default() });
    let number = bench.call_until_start().unwrap();
    assert!(!bench.pool.may_warm_up(number));
}

#[test]
fn who_waits_for_a_successor_that_does_not_come_is_served_by_the_strained_instance() {
    let mut bench = Bench::new(PoolSettings { max_instances: 1, ..PoolSettings::default() });
    let old = bench.ready();
    assert!(is_ready(&mut bench, Ask::lease(1, None, Patience::Pool)));
    bench.pool.set_strained(old, true, bench.now);
    assert!(bench.pool.outgrown(old, "memory", bench.now, bench.now));
    let successor = *bench.done().0.last().unwrap();
    for ask in [Ask::call(None), Ask::lease_call(1)] {
        assert!(matches!(bench.pool.ask(ask, bench.now), Answer::Waits(_)));
    }
    bench.pool.start_failed(successor, &crash(), bench.now);
    let granted = |effect: &&Effect| matches!(effect, Effect::Granted { instance, .. } if *instance == old);
    assert_eq!(bench.pool.take_effects().iter().filter(granted).count(), 2);
}

/// It was taken for dead at once, and with it the calls that it was about to answer.
#[test]
fn spent_instance_ends_what_is_in_flight_before_it_is_stopped() {
    let mut bench = Bench::new(PoolSettings { max_instances: 1, ..PoolSettings::default() });
    let old = bench.ready();
    let since = bench.now;
    assert!(is_ready(&mut bench, Ask::call(Some("stays"))));
    bench.now += SECOND * 60;
    assert!(bench.pool.outgrown(old, "memory", bench.now, bench.now));
    let successor = *bench.done().0.last().unwrap();
    assert!(bench.pool.expel(old, "memory", bench.now, bench.now));
    assert!(!bench.pool.expel(old, "memory", bench.now, bench.now), "once");
    let stops = |bench: &mut Bench| {
        let effects = bench.pool.take_effects();
        effects.into_iter().find(|effect| matches!(effect, Effect::Stop { .. }))
    };
    assert_eq!(stops(&mut bench), None, "a call is in flight");
    let Answer::Refused(error) = bench.pool.ask(Ask::call(Some("stays")), bench.now) else { panic!("told") };
    assert_eq!(error.code(), ErrorCode::SessionLost);
    let Answer::Waits(ticket) = bench.pool.ask(Ask::call(None), bench.now) else { panic!("for the next") };
    assert_eq!(bench.pool.holdings.counted(), 1, "the successor takes its place in the count");
    bench.pool.started(successor, bench.now);
    assert!(bench.pool.take_effects().contains(&Effect::Granted { ticket, instance: successor }));
    for _ in 0..bench.pool.instance(old).unwrap().calls {
        assert_eq!(stops(&mut bench), None);
        bench.pool.call_done(old, Some("stays"), since, bench.now);
    }
    assert_eq!(stops(&mut bench), Some(Effect::Stop { instance: old, grace: Some(Duration::ZERO) }));
}

#[test]
fn spent_instance_that_dies_with_its_last_calls_is_gone_and_not_blamed_twice() {
    let mut bench = Bench::new(PoolSettings { max_restarts: 0, ..PoolSettings::default() });
    let number = bench.ready();
    assert!(is_ready(&mut bench, Ask::call(None)));
    let long_after = bench.now + SECOND * 60;
    assert!(bench.pool.expel(number, "memory", long_after, long_after));
    assert!(bench.pool.lost(number, "memory", Some(&crash()), true, long_after));
    assert!(bench.pool.instance(number).is_none());
    assert_eq!(bench.pool.policy.quarantine(long_after), None);
}

/// It was left alone after four of them, and whoever called then was refused, of a server that did what it was asked.
#[test]
fn leak_by_many_calls_is_replaced_however_often() {
    let mut bench = Bench::new(PoolSettings { max_instances: 1, ..PoolSettings::default() });
    let mut number = bench.ready();
    for _ in 0..20 {
        bench.pool.take_effects();
        for _ in 0..100 {
            assert!(is_ready(&mut bench, Ask::call(None)));
            bench.pool.call_done(number, None, bench.now, bench.now);
        }
        bench.now += SECOND;
        assert!(bench.pool.outgrown(number, "memory", bench.now, bench.now), "at once");
        number = bench.done().0[0];
        bench.pool.started(number, bench.now);
    }
    assert_eq!(bench.pool.policy.quarantine(bench.now), None);
}

/// A lease needs no call to get another instance, so its calls are not what keeps a crash loop slow.
#[test]
fn crash_loop_under_a_lease_that_makes_no_call_never_spins() {
    let mut bench = Bench::new(PoolSettings::default());
    let (mut number, begin, mut starts) = (bench.ready(), bench.now, 0);
    assert!(is_ready(&mut bench, Ask::lease(1, None, Patience::Pool)));
    while bench.now - begin < 600 * SECOND {
        bench.pool.take_effects();
        // It agreed to watch what the lease had subscribed to.
        assert!(bench.pool.lost(number, "crash", Some(&crash()), true, bench.now));
        let ordered = loop {
            let next = bench.pool.tick(bench.now);
            if let Some(ordered) = bench.done().0.first().copied() {
                break ordered;
            }
            bench.now = next.expect("it is tried again");
        };
        starts += 1;
        assert!(starts < 100, "it spins");
        bench.pool.started(ordered, bench.now);
        number = ordered;
    }
    assert!((4..=12).contains(&starts), "{starts} starts in ten minutes");
    let place = bench.pool.holdings.leases[&1].place;
    assert_eq!(place, super::super::holdings::Place::On(number), "each of them is the lease's");
}

/// They stood in one row, and the first one waited for the successor.
#[test]
fn who_must_stay_on_a_strained_instance_is_not_kept_waiting_by_who_is_to_move() {
    let mut bench = Bench::new(PoolSettings { max_calls_per_instance: 1, ..PoolSettings::default() });
    let old = bench.ready();
    assert!(is_ready(&mut bench, Ask::lease(1, None, Patience::Pool)));
    assert!(is_ready(&mut bench, Ask::lease(2, Some("stays"), Patience::Pool)));
    bench.pool.set_strained(old, true, bench.now);
    assert!(bench.pool.outgrown(old, "memory", bench.now, bench.now));
    let Answer::Waits(_) = bench.pool.ask(Ask::lease_call(1), bench.now) else { panic!("moves") };
    let Answer::Waits(stays) = bench.pool.ask(Ask::lease_call(2), bench.now) else { panic!("full") };
    bench.pool.take_effects();
    bench.pool.call_done(old, None, bench.now, bench.now);
    let granted = Effect::Granted { ticket: stays, instance: old };
    assert!(bench.pool.take_effects().contains(&granted));
}

/// In need of memory an instance must not stay for an hour: whoever asks for the task hears that it is lost.
#[test]
fn instance_out_of_service_does_not_stay_for_its_tasks() {
    let mut bench = Bench::new(PoolSettings::default());
    let old = bench.ready();
    let news = TaskNews::Working { ttl: None };
    bench.pool.hear_task(old, "t", news, bench.now);
    bench.pool.call_done(old, None, bench.now, bench.now);
    assert!(bench.pool.take_effects().iter().all(|effect| !matches!(effect, Effect::Stop { .. })));
    assert!(bench.pool.expel(old, "memory", bench.now, bench.now));
    assert!(
        bench
            .pool
            .take_effects()
            .iter()
            .any(|it| matches!(it, Effect::Stop { instance, .. } if *instance == old))
    );
    let pin = Pin { instance: old, task: Some("t".into()) };
    let Answer::Refused(error) = bench.pool.ask(Ask::task_call(pin), bench.now) else { panic!() };
    assert_eq!((error.code(), &error.details()["taskId"]), (ErrorCode::SessionLost, &"t".into()));
}
