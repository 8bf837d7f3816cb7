//! The judgement on an instance, alone.

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn policy() -> HealthPolicy {
    HealthPolicy::new(30 * SECOND)
}

/// A server in front of the judgement: what it was told to do, second by second.
struct Watched {
    health: Health,
    begin: Instant,
    now: u32,
    signs: Signs,
}

impl Watched {
    fn new() -> Self {
        let begin = Instant::now();
        let signs = Signs { last_read: begin, oldest_call: None, usual: None };
        Self { health: Health::new(policy()), begin, now: 0, signs }
    }

    fn now(&self) -> Instant {
        self.begin + self.now * SECOND
    }

    fn call(&mut self) {
        self.signs.oldest_call = Some(self.now());
    }

    fn answers(&mut self) {
        self.signs.last_read = self.now();
        self.signs.oldest_call = None;
    }

    fn gives_up_calls(&mut self) {
        self.signs.oldest_call = None;
    }

    /// The first advice within `seconds` and when it came.
    fn wait(&mut self, seconds: u32) -> Option<(u32, Advice)> {
        for _ in 0..seconds {
            self.now += 1;
            let advice = self.health.tick(self.now(), &self.signs);
            if advice != Advice::Leave {
                return Some((self.now, advice));
            }
        }
        None
    }
}

#[test]
fn idle_instance_is_asked_each_interval_and_stays_well() {
    let mut server = Watched::new();
    for round in 1..5 {
        assert_eq!(server.wait(40), Some((round * 31 - 1, Advice::Ping)));
        server.now += 1;
        server.signs.last_read = server.now();
        assert_eq!(server.health.tick(server.now(), &server.signs), Advice::Leave);
        assert!(server.health.takes_calls());
        // The next interval counts from the answer.
        server.now -= 1;
        server.signs.last_read = server.begin + (server.now + 1) * SECOND;
    }
}

#[test]
fn talkative_instance_is_never_asked() {
    let mut server = Watched::new();
    for _ in 0..100 {
        assert_eq!(server.wait(20), None);
        server.answers();
    }
}

#[test]
fn unanswered_ping_restarts_an_idle_instance() {
    let mut server = Watched::new();
    assert_eq!(server.wait(40), Some((30, Advice::Ping)));
    assert_eq!(server.wait(60), Some((60, Advice::Restart)));
    assert_eq!(server.wait(1000), None, "told once");
    assert!(!server.health.takes_calls());
}

#[test]
fn silent_busy_instance_gets_no_new_calls_and_is_not_restarted() {
    let mut server = Watched::new();
    server.call();
    assert_eq!(server.wait(60), Some((15, Advice::Ping)));
    assert!(!server.health.takes_calls());
    assert_eq!(server.wait(100_000), None, "its call may take as long as it takes");
    server.answers();
    assert_eq!(server.wait(1), None);
    assert!(server.health.takes_calls());
}

#[test]
fn answer_to_the_ping_clears_a_server_with_one_long_call() {
    let mut server = Watched::new();
    server.call();
    assert!(matches!(server.wait(60), Some((_, Advice::Ping))));
    server.now += 1;
    server.signs.last_read = server.now();
    server.wait(1);
    assert!(server.health.takes_calls());
}

#[test]
fn silence_is_measured_by_what_its_calls_usually_take() {
    let mut server = Watched::new();
    server.signs.usual = Some(10 * SECOND);
    server.call();
    assert_eq!(server.wait(79), None);
    assert_eq!(server.wait(1), Some((80, Advice::Ping)));
}

#[test]
fn still_silent_after_its_calls_were_given_up_it_is_asked_once_more_and_then_restarted() {
    let mut server = Watched::new();
    server.call();
    server.wait(60);
    server.gives_up_calls();
    let (asked, advice) = server.wait(5).unwrap();
    assert_eq!(advice, Advice::Ping);
    assert_eq!(server.wait(60), Some((asked + 30, Advice::Restart)));
}

#[test]
fn call_that_came_after_the_ping_is_not_cut_short() {
    let mut server = Watched::new();
    assert_eq!(server.wait(40), Some((30, Advice::Ping)));
    server.call();
    assert_eq!(server.wait(1000), None);
    assert!(!server.health.takes_calls());
}

proptest! {
    /// Whatever the server does: it is never restarted with a call in flight, and not before it left a ping unanswered for its time.
    #[test]
    fn nobody_loses_a_call(steps in prop::collection::vec((0_u8..4, 0_u32..90), 1..300)) {
        let mut server = Watched::new();
        let mut pinged: Option<Instant> = None;
        for (step, seconds) in steps {
            match step {
                0 => server.call(),
                1 => { server.answers(); pinged = None; }
                2 => server.gives_up_calls(),
                _ => {}
            }
            match server.wait(seconds) {
                Some((_, Advice::Ping)) => pinged = Some(server.now()),
                Some((_, Advice::Restart)) => {
                    prop_assert!(server.signs.oldest_call.is_none());
                    let asked = pinged.expect("it was asked");
                    prop_assert!(server.now() - asked >= policy().answer_within);
                    prop_assert!(server.signs.last_read < asked);
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// A server that answers whatever it is asked is never restarted.
    #[test]
    fn answering_server_lives(calls in prop::collection::vec((0_u32..200, 1_u32..200), 1..50)) {
        let mut server = Watched::new();
        for (pause, length) in calls {
            for (busy, seconds) in [(false, pause), (true, length)] {
                if busy { server.call(); }
                let until = server.now + seconds;
                while server.now < until {
                    match server.wait(until - server.now) {
                        Some((_, Advice::Ping)) => { server.now += 1; server.signs.last_read = server.now(); }
                        Some((_, advice)) => prop_assert_eq!(advice, Advice::Leave),
                        None => {}
                    }
                }
                if busy { server.answers(); }
            }
        }
        server.wait(1);
        prop_assert!(server.health.takes_calls());
    }
}
