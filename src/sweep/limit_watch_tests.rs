//! Episodes, sample by sample.

use proptest::prelude::*;

use super::*;
use crate::sweep::test_processes::process;

const SECOND: Duration = Duration::from_secs(1);

fn seen(pid: i32, measure: Measure, sustain: Duration) -> Sighting {
    let excess = Excess { measure, value: 2.0, limit: 1.0 };
    Sighting { rule: 0, identity: process(pid).build().identity, excess, sustain }
}

fn cpu(pid: i32) -> Sighting {
    seen(pid, Measure::Cpu, 3 * SECOND)
}

/// Whether the sample at this second told of a new excess.
fn told(watch: &mut LimitWatch, second: u32, seen: Vec<Sighting>) -> bool {
    watch.sample(SECOND * second, 2 * SECOND, seen).iter().any(|judged| judged.is_new)
}

#[test]
fn a_peak_does_not_count_and_a_long_excess_is_told_once() {
    let mut watch = LimitWatch::default();
    assert!(!told(&mut watch, 0, vec![cpu(5)]));
    assert!(!told(&mut watch, 1, vec![cpu(5)]));
    assert!(!told(&mut watch, 2, vec![]), "under the limit: it starts over");
    assert!(watch.is_empty());
    for second in 3..6 {
        assert!(!told(&mut watch, second, vec![cpu(5)]), "{second}");
    }
    assert!(watch.is_rising());
    assert!(told(&mut watch, 6, vec![cpu(5)]));
    assert!(!told(&mut watch, 7, vec![cpu(5)]), "told once");
    assert!(!watch.is_rising());
}

#[test]
fn another_process_of_the_same_number_starts_over() {
    let mut watch = LimitWatch::default();
    for second in 0..3 {
        told(&mut watch, second, vec![cpu(5)]);
    }
    let mut other = cpu(5);
    other.identity.start_token = "another".into();
    assert!(!told(&mut watch, 3, vec![other]));
    assert_eq!(watch.len(), 1, "the first one is forgotten");
}

#[test]
fn few_samples_far_apart_prove_nothing() {
    let mut watch = LimitWatch::default();
    let sample = |watch: &mut LimitWatch, second| {
        watch.sample(SECOND * second, 60 * SECOND, vec![cpu(5)]).iter().any(|judged| judged.is_new)
    };
    assert!(!sample(&mut watch, 0));
    assert!(!sample(&mut watch, 30), "two samples may be two peaks");
    assert!(sample(&mut watch, 60));
}

#[test]
fn a_pause_or_a_clock_that_goes_backwards_makes_a_rise_begin_anew() {
    for resumed in [100, 0] {
        let mut watch = LimitWatch::default();
        for second in 1..4 {
            told(&mut watch, second, vec![cpu(5)]);
        }
        assert!(!told(&mut watch, resumed, vec![cpu(5)]), "resumed at {resumed}");
        assert!(!told(&mut watch, resumed + 1, vec![cpu(5)]));
    }
}

#[test]
fn an_age_and_a_rule_without_patience_count_at_once() {
    let mut watch = LimitWatch::default();
    assert!(told(&mut watch, 0, vec![seen(5, Measure::Age, 9 * SECOND)]));
    assert!(told(&mut watch, 1, vec![seen(6, Measure::Memory, Duration::ZERO)]));
}

proptest! {
    /// Whatever the order of the samples: who is told was over the limit in every sample of the time before, and nobody is kept who is not.
    #[test]
    fn nobody_is_told_who_was_under_the_limit_within_the_time(over in prop::collection::vec(any::<bool>(), 1..60)) {
        let mut watch = LimitWatch::default();
        for (second, is_over) in over.iter().enumerate() {
            let seen = if *is_over { vec![cpu(5)] } else { vec![] };
            let second32 = u32::try_from(second).unwrap();
            if told(&mut watch, second32, seen) {
                prop_assert!(second >= 3 && over[second - 3..=second].iter().all(|over| *over));
            }
            prop_assert_eq!(watch.len(), usize::from(*is_over));
        }
    }
}
