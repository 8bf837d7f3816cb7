//! The judgement on made-up trees: in which order it comes, how close behind each mark, and at what price.

use proptest::prelude::*;

use super::*;

const MIB: u64 = 1 << 20;
const LIMIT: u64 = 100 * MIB;
const POLICY: MemoryPolicy = MemoryPolicy { limit: LIMIT, replace: true };

/// A tree in front of the judgement.
struct Watched {
    watch: MemoryWatch,
    begin: Instant,
    now: Instant,
    /// Counted twice in what is resident.
    shared: u64,
    share_cost: Duration,
    looks: u32,
    shares: u32,
}

impl Watched {
    fn new() -> Self {
        let now = Instant::now();
        let (watch, share_cost) = (MemoryWatch::new(LIMIT, now), Duration::from_millis(1));
        Self { watch, begin: now, now, shared: 0, share_cost, looks: 0, shares: 0 }
    }

    fn seconds(&self) -> f64 {
        (self.now - self.begin).as_secs_f64()
    }

    /// One look at a tree whose share is `bytes`.
    fn look(&mut self, bytes: u64) -> Vec<MemoryAdvice> {
        self.now = self.watch.next_look();
        let resident = bytes + self.shared;
        let worth_it = resident >= self.watch.begin_look(LIMIT, self.now);
        let share = worth_it.then_some((bytes, self.share_cost));
        self.looks += 1;
        self.shares += u32::from(share.is_some());
        self.watch.look(Reading { resident, cost: Duration::from_micros(50), share }, POLICY, self.now)
    }

    /// Looks for so long; each new advice with the bytes at which it came.
    fn watch(&mut self, seconds: f64, bytes: impl Fn(f64) -> u64) -> Vec<(MemoryAdvice, u64)> {
        let (end, mut told) = (self.seconds() + seconds, Vec::<(MemoryAdvice, u64)>::new());
        while self.seconds() < end {
            let now = bytes((self.watch.next_look() - self.begin).as_secs_f64());
            for advice in self.look(now) {
                if !told.iter().any(|(known, _)| same_kind(known, &advice)) {
                    told.push((advice, now));
                }
            }
        }
        told
    }
}

fn same_kind(one: &MemoryAdvice, other: &MemoryAdvice) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn growing(from_mib: f64, mib_per_second: f64) -> impl Fn(f64) -> u64 {
    move |second| ((from_mib + second * mib_per_second) * MIB as f64) as u64
}

/// Looking once a second, all of it was seen in one or two looks, and the last of them was the end of every call.
#[test]
fn leak_faster_than_a_look_a_second_is_met_at_each_of_its_marks() {
    let told = Watched::new().watch(5.0, growing(50.0, 75.0));
    let marks: Vec<u64> = told.iter().map(|(_, bytes)| bytes / MIB).collect();
    let kinds: Vec<&MemoryAdvice> = told.iter().map(|(advice, _)| advice).collect();
    assert!(
        matches!(
            kinds[..],
            [
                MemoryAdvice::Tell { .. },
                MemoryAdvice::Replace { .. },
                MemoryAdvice::Strained(true),
                MemoryAdvice::Expel { .. },
                MemoryAdvice::Stop { .. },
            ]
        ),
        "{kinds:?}"
    );
    for (met, mark) in marks.into_iter().zip([100, 100, 150, 200, 300]) {
        assert!((mark..mark + 10).contains(&met), "{met} MiB instead of {mark}");
    }
}

/// The look after one that had walked the page tables came a hundred times later, and found four times the limit.
#[test]
fn costly_share_makes_no_look_late() {
    let mut watched = Watched::new();
    watched.share_cost = Duration::from_millis(5);
    for (advice, bytes) in watched.watch(5.0, growing(50.0, 75.0)) {
        let mark = match advice {
            MemoryAdvice::Tell { .. } | MemoryAdvice::Replace { .. } => 100,
            MemoryAdvice::Strained(_) => 150,
            MemoryAdvice::Expel { .. } => 200,
            MemoryAdvice::Stop { .. } => 300,
        };
        assert!(bytes / MIB < mark + 15, "{advice:?} at {} MiB", bytes / MIB);
    }
    assert!(watched.looks > 50, "{} looks", watched.looks);
}

#[test]
fn what_is_in_flight_on_a_spent_instance_is_given_its_time_and_no_more() {
    let mut watched = Watched::new();
    let told = watched.watch(2.0, |_| 220 * MIB);
    assert!(told.iter().any(|(advice, _)| matches!(advice, MemoryAdvice::Expel { .. })));
    assert!(!told.iter().any(|(advice, _)| matches!(advice, MemoryAdvice::Stop { .. })));
    let told = watched.watch(LAST_CALLS.as_secs_f64(), |_| 10 * MIB);
    assert!(
        told.iter().any(|(advice, _)| matches!(advice, MemoryAdvice::Stop { .. })),
        "however little it uses now"
    );
}

#[test]
fn instance_whose_heap_was_collected_gets_new_calls_again() {
    // Near the limit the share is read, far below it is not.
    for collected in [95 * MIB, 20 * MIB] {
        let mut watched = Watched::new();
        let told = watched.watch(3.0, |_| 160 * MIB);
        assert!(told.iter().any(|(advice, _)| *advice == MemoryAdvice::Strained(true)));
        let told = watched.watch(3.0, |_| collected);
        assert_eq!(told, [(MemoryAdvice::Strained(false), collected)]);
    }
}

#[test]
fn what_is_shared_is_no_growth_and_costs_no_core() {
    let mut watched = Watched::new();
    watched.shared = 90 * MIB;
    watched.share_cost = Duration::from_millis(20);
    let told = watched.watch(60.0, |second| (60 + second as u64 / 10) * MIB);
    assert_eq!(told, []);
    assert!(watched.shares <= 32, "{} walks of 20 ms in a minute", watched.shares);
}

#[test]
fn told_only_where_nothing_is_to_be_replaced() {
    let (now, policy) = (Instant::now(), MemoryPolicy { replace: false, ..POLICY });
    let mut watch = MemoryWatch::new(LIMIT, now);
    let reading =
        Reading { resident: 900 * MIB, cost: Duration::ZERO, share: Some((900 * MIB, Duration::ZERO)) };
    assert_eq!(watch.look(reading, policy, now), [MemoryAdvice::Tell { bytes: 900 * MIB, leak: None }]);
    assert_eq!(watch.look(reading, policy, now), []);
}

#[test]
fn without_a_limit_nothing_is_walked() {
    let mut watch = MemoryWatch::new(u64::MAX, Instant::now());
    assert!(watch.begin_look(u64::MAX, Instant::now()) > 1 << 50);
}

proptest! {
    /// However a tree grows, each step comes before the next one, and a look costs what it may.
    #[test]
    fn steps_come_in_their_order(steps in prop::collection::vec((0..40_u64, 0..60_u64), 1..60), shared in 0..80_u64) {
        let mut watched = Watched::new();
        watched.shared = shared * MIB;
        let mut bytes = 50 * MIB;
        let mut expelled = false;
        for (up, down) in steps {
            bytes = (bytes + up * MIB).saturating_sub(down / 20 * MIB);
            for advice in watched.look(bytes) {
                match advice {
                    MemoryAdvice::Tell { .. } | MemoryAdvice::Replace { .. } => prop_assert!(bytes > LIMIT || watched.looks > 100),
                    MemoryAdvice::Strained(strained) => prop_assert_eq!(strained, bytes > LIMIT * 3 / 2),
                    MemoryAdvice::Expel { .. } => {
                        prop_assert!(bytes > LIMIT * 2);
                        expelled = true;
                    }
                    MemoryAdvice::Stop { bytes } => prop_assert!(bytes > LIMIT * 3 || expelled),
                }
            }
        }
    }
}
