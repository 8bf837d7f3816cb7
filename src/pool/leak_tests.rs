//! The verdict on made-up histories: leaks are found with their numbers, and what only looks like one is not.

use proptest::prelude::*;

use super::*;

const LIMIT_MB: f64 = 512.0;

/// What was told, and when it was first a leak, of a history of one sample a second. Asked each five seconds.
struct Watched {
    leak_after: Option<u64>,
    leak: Option<Growth>,
    growth: Option<Growth>,
}

fn watch(seconds: u64, megabytes: impl Fn(f64) -> f64) -> Watched {
    let mut watch = LeakWatch::new(LeakPolicy::new((LIMIT_MB * MIB) as u64));
    let begin = Instant::now();
    let mut first = None;
    for second in 0..seconds {
        watch.record(begin + Duration::from_secs(second), (megabytes(second as f64).max(0.0) * MIB) as u64);
        if first.is_none() && second % 5 == 0 && watch.leak().is_some() {
            first = Some((second, watch.leak()));
        }
    }
    let (leak_after, leak) = first.map_or((None, None), |(second, leak)| (Some(second), leak));
    Watched { leak_after, leak, growth: watch.growth() }
}

/// Noise that differs from second to second and is the same in each run.
fn noise(second: f64, seed: u64) -> f64 {
    let mut state = (second as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ seed;
    state ^= state >> 29;
    state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state ^= state >> 32;
    (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
}

/// A heap that grows for `period` seconds and is collected.
fn tooth(second: f64, period: f64, height: f64) -> f64 {
    (second % period) / period * height
}

#[test]
fn steady_leak_is_told_with_its_numbers_before_the_limit() {
    let watched = watch(1200, |second| 100.0 + second * 0.4);
    let (after, leak) = (watched.leak_after.unwrap(), watched.leak.unwrap());
    assert!(100.0 + after as f64 * 0.4 < LIMIT_MB, "told after {after} s");
    assert!((leak.mb_per_minute - 24.0).abs() < 0.5, "{leak:?}");
    let truly = (LIMIT_MB - (100.0 + after as f64 * 0.4)) / 0.4;
    assert!((leak.to_limit.as_secs_f64() - truly).abs() < 60.0, "{leak:?}, truly {truly}");
}

#[test]
fn slow_leak_is_told_too() {
    // 2.4 MB a minute: nearly three hours from 100 MB to the limit.
    assert!(watch(10_000, |second| 100.0 + second * 0.04).leak_after.is_some());
}

#[test]
fn leak_below_the_teeth_of_a_collector_is_found() {
    let watched = watch(1500, |second| 100.0 + second * 0.25 + tooth(second, 17.0, 60.0));
    assert!(watched.leak_after.is_some());
    let slope = watched.leak.unwrap().mb_per_minute;
    assert!((slope - 15.0).abs() < 3.0, "{slope}");
}

#[test]
fn growth_of_a_young_server_has_a_number_before_it_is_a_leak() {
    let watched = watch(40, |second| 100.0 + second * 10.0);
    assert!(watched.leak_after.is_none(), "one long tooth would look the same");
    assert!((watched.growth.unwrap().mb_per_minute - 600.0).abs() < 10.0);
}

#[test]
fn leak_far_from_the_limit_is_not_told() {
    let watched = watch(7200, |second| 20.0 + second * 0.02);
    assert!(watched.leak_after.is_none());
    assert!(watched.growth.is_none(), "24 MB in a window of 20 minutes is under a twentieth of the limit");
}

#[test]
fn one_wild_sample_hides_no_leak() {
    let watched = watch(1200, |second| if second as u64 % 97 == 0 { 500.0 } else { 100.0 + second * 0.3 });
    assert!(watched.leak_after.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_steady_leak_is_told_before_the_limit(
        start in 30.0_f64..200.0,
        per_second in 0.06_f64..0.9,
        jitter in 0.0_f64..4.0,
        seed in any::<u64>(),
    ) {
        let until = ((LIMIT_MB - start) / per_second) as u64;
        let watched = watch(until, |second| start + second * per_second + noise(second, seed) * jitter);
        prop_assert!(watched.leak_after.is_some());
        let slope = watched.leak.unwrap().mb_per_minute;
        prop_assert!((slope / 60.0 - per_second).abs() < per_second * 0.25 + 0.02, "{slope} for {per_second}");
    }

    #[test]
    fn saw_tooth_is_no_leak(
        floor in 150.0_f64..300.0,
        period in 2.0_f64..55.0,
        height in 5.0_f64..200.0,
        jitter in 0.0_f64..5.0,
        seed in any::<u64>(),
    ) {
        let wave = |second: f64| floor + tooth(second, period, height) + noise(second, seed) * jitter;
        let watched = watch(3600, wave);
        prop_assert!(watched.leak_after.is_none(), "after {:?} s: {:?}", watched.leak_after, watched.leak);
    }

    #[test]
    fn plateau_after_a_warm_up_is_no_leak(
        start in 20.0_f64..100.0,
        rise in 100.0_f64..350.0,
        warm_up in 5.0_f64..90.0,
        jitter in 0.0_f64..5.0,
        seed in any::<u64>(),
    ) {
        let curve = |second: f64| start + rise * (1.0 - (-second / warm_up).exp()) + noise(second, seed) * jitter;
        let watched = watch(3600, curve);
        prop_assert!(watched.leak_after.is_none(), "after {:?} s: {:?}", watched.leak_after, watched.leak);
    }

    #[test]
    fn noise_is_no_leak(level in 200.0_f64..480.0, jitter in 0.0_f64..150.0, seed in any::<u64>()) {
        let watched = watch(3600, |second| level + noise(second, seed) * jitter);
        prop_assert!(watched.leak_after.is_none());
    }

    #[test]
    fn steps_up_that_stay_are_no_leak(
        level in 100.0_f64..200.0,
        step in 20.0_f64..120.0,
        at in 10.0_f64..600.0,
        jitter in 0.5_f64..5.0,
        seed in any::<u64>(),
    ) {
        let stairs = |second: f64| level + if second >= at { step } else { 0.0 } + noise(second, seed) * jitter;
        prop_assert!(watch(3600, stairs).leak_after.is_none());
    }
}
