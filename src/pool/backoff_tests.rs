//! The restart policy, alone: examples for each row of its table, and what holds for every history.

use proptest::prelude::*;

use super::*;

const DIED_AT_ONCE: Duration = Duration::from_millis(5);

fn restarts(max_restarts: u32) -> Backoff {
    Backoff::new(BackoffPolicy::new(max_restarts))
}

/// Fails until the quarantine; returns its end.
fn into_quarantine(restarts: &mut Backoff, mut now: Instant) -> Instant {
    loop {
        match restarts.failed(now, DIED_AT_ONCE, 1.0) {
            Consequence::RestartAt(at) => now = at,
            Consequence::Quarantine(until) => return until,
            Consequence::Unchanged => unreachable!("told once"),
        }
        assert_eq!(restarts.ask(now), Admission::Now);
    }
}

#[test]
fn the_first_failure_is_mended_at_once_and_later_ones_wait_longer() {
    let (mut restarts, now) = (restarts(5), Instant::now());
    let waits: Vec<u64> = (0..5)
        .map(|_| match restarts.failed(now, DIED_AT_ONCE, 1.0) {
            Consequence::RestartAt(at) => u64::try_from((at - now).as_millis()).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(waits, [0, 250, 500, 1000, 2000]);
}

#[test]
fn a_start_is_refused_until_its_time() {
    let (mut restarts, now) = (restarts(3), Instant::now());
    restarts.failed(now, DIED_AT_ONCE, 1.0);
    assert_eq!(restarts.ask(now), Admission::Now, "the first at once");
    restarts.failed(now, DIED_AT_ONCE, 1.0);
    let at = now + Duration::from_millis(250);
    assert_eq!(restarts.ask(now), Admission::At(at));
    assert_eq!(restarts.ask(at), Admission::Now);
}

#[test]
fn a_stable_life_starts_the_row_again() {
    let (mut restarts, now) = (restarts(1), Instant::now());
    for _ in 0..10 {
        restarts.failed(now, DIED_AT_ONCE, 0.0);
        let stable = restarts.policy.stable;
        assert_eq!(restarts.failed(now, stable, 0.0), Consequence::RestartAt(now));
        assert_eq!(restarts.in_a_row(), 0);
    }
}

#[test]
fn too_many_in_a_row_are_quarantined_with_one_trial_after_it() {
    let (mut restarts, now) = (restarts(3), Instant::now());
    let until = into_quarantine(&mut restarts, now);
    assert_eq!(restarts.in_a_row(), 4, "three restarts were made");
    assert_eq!(restarts.ask(now), Admission::Quarantined(until));
    assert_eq!(restarts.ask(until), Admission::Now);
    assert_eq!(restarts.ask(until), Admission::OnTrial, "one at a time");
    restarts.started();
    assert_eq!(restarts.ask(until), Admission::Now);
}

#[test]
fn failed_trial_doubles_the_quarantine_up_to_a_bound() {
    let (mut restarts, now) = (restarts(0), Instant::now());
    let mut until = into_quarantine(&mut restarts, now);
    let mut lengths = vec![until - now];
    for _ in 0..6 {
        let now = until;
        assert_eq!(restarts.ask(now), Admission::Now);
        let Consequence::Quarantine(next) = restarts.failed(now, Duration::ZERO, 0.5) else { panic!() };
        lengths.push(next - now);
        until = next;
    }
    let seconds: Vec<u64> = lengths.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [30, 60, 120, 240, 480, 480, 480]);
}

#[test]
fn crash_after_a_successful_trial_returns_to_quarantine_at_once() {
    let (mut restarts, now) = (restarts(3), Instant::now());
    let until = into_quarantine(&mut restarts, now);
    restarts.ask(until);
    restarts.started();
    assert!(matches!(restarts.failed(until, DIED_AT_ONCE, 0.0), Consequence::Quarantine(_)));
}

#[test]
fn trial_that_nobody_waited_for_decides_nothing() {
    let (mut restarts, now) = (restarts(0), Instant::now());
    let until = into_quarantine(&mut restarts, now);
    restarts.ask(until);
    restarts.given_up(until);
    assert_eq!(restarts.ask(until), Admission::Now, "the next caller tries");
}

#[test]
fn repair_is_believed() {
    let (mut restarts, now) = (restarts(0), Instant::now());
    into_quarantine(&mut restarts, now);
    restarts.reset();
    assert_eq!(restarts.ask(now), Admission::Now);
}

/// A server that dies at once, asked for without pause: the number of starts in `span`.
fn starts_of_a_crash_loop(policy: BackoffPolicy, span: Duration, chance: f64) -> u32 {
    let mut restarts = Backoff::new(policy);
    let begin = Instant::now();
    let mut now = begin;
    let mut starts = 0;
    while now - begin < span {
        match restarts.ask(now) {
            Admission::Now => {
                starts += 1;
                restarts.started();
                restarts.failed(now, DIED_AT_ONCE, chance);
                assert!(starts < 1_000_000, "it spins");
            }
            Admission::At(at) | Admission::Quarantined(at) => now = at,
            Admission::OnTrial => unreachable!("its outcome was told"),
        }
    }
    starts
}

proptest! {
    #[test]
    fn crash_loop_never_spins(max_restarts in 0_u32..50, chance in 0.0..=1.0) {
        let hour = Duration::from_secs(3600);
        let starts = starts_of_a_crash_loop(BackoffPolicy::new(max_restarts), hour, chance);
        // 30 + 60 + 120 + 240 + 480 s, then one each 480 s.
        let trials = 5 + 3600 / 480;
        prop_assert!(starts <= max_restarts + 1 + trials, "{starts}");
    }

    #[test]
    fn waits_stay_between_half_and_whole(row in 2_u32..40, chance in 0.0..=1.0) {
        let mut restarts = restarts(100);
        let now = Instant::now();
        let mut at = now;
        for _ in 0..row {
            restarts.state = State::Open;
            let Consequence::RestartAt(next) = restarts.failed(now, DIED_AT_ONCE, chance) else { panic!() };
            at = next;
        }
        let whole = restarts.delay();
        prop_assert!(whole <= restarts.policy.cap);
        prop_assert!(at - now >= whole / 2 && at - now <= whole, "{:?} of {whole:?}", at - now);
    }

    /// Whatever happens in whatever order: no start is allowed in quarantine, and its end is never later than the longest one.
    #[test]
    fn quarantine_holds_and_ends(steps in prop::collection::vec((0_u8..4, 0_u64..40_000), 1..200)) {
        let mut restarts = restarts(3);
        let mut now = Instant::now();
        let mut quarantined: Option<Instant> = None;
        for (step, millis) in steps {
            now += Duration::from_millis(millis / 4);
            match step {
                0 => {
                    let admission = restarts.ask(now);
                    if let Some(until) = quarantined.filter(|until| now < *until) {
                        prop_assert_eq!(admission, Admission::Quarantined(until));
                    } else {
                        quarantined = None;
                    }
                }
                1 => restarts.started(),
                2 => if let Consequence::Quarantine(until) = restarts.failed(now, Duration::from_millis(millis), 0.5) {
                    prop_assert!(until - now <= restarts.policy.quarantine * 16);
                    quarantined = Some(until);
                },
                _ => restarts.given_up(now),
            }
        }
    }
}
