//! When a unit is told to end, when it is made to, and when it is over: a pure state machine.
//!
//! | phase | input | next phase | action |
//! |---|---|---|---|
//! | Running | first exited, leftovers stop | Terminating | Terminate |
//! | Running | first exited, leftovers wait | Waiting | – |
//! | Running, Waiting | stop | Terminating | Terminate |
//! | Running, Waiting, Terminating | stop, forced | Killing | Kill |
//! | Terminating | stop | Terminating, with the earlier end | – |
//! | Terminating | grace over | Killing | Kill |
//! | Killing | time over | Over | Finish, with survivors |
//! | any but Over | none left | Over | Finish |
//! | any | anything else | the same | – |

use std::time::{Duration, Instant};

use crate::guard::KILL_LIMIT;
use crate::model::Leftovers;

/// Where a unit is between its start and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The first process runs.
    Running,
    /// The first process is gone and the rest may finish.
    Waiting,
    /// Told to end; killed after this moment.
    Terminating(Instant),
    /// Being killed; given up after this moment.
    Killing(Instant),
    /// Done.
    Over,
}

/// What happens to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// The first process ended, others may be left.
    FirstExited,
    /// Somebody wants the end.
    Stop {
        /// At once.
        force: bool,
        /// Or after this time.
        grace: Duration,
    },
    /// The kernel says that nobody is left.
    NoneLeft,
    /// Nothing but time went by.
    Tick,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing.
    Nothing,
    /// SIGTERM and SIGCONT to everybody.
    Terminate,
    /// Begin the kill loop.
    Kill,
    /// Report and leave.
    Finish,
}

/// The machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ladder {
    phase: Phase,
    leftovers: Leftovers,
    grace: Duration,
}

impl Ladder {
    pub(crate) fn new(leftovers: Leftovers, grace: Duration) -> Self {
        Self { phase: Phase::Running, leftovers, grace }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// When [`Input::Tick`] would next change something.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Terminating(until) | Phase::Killing(until) => Some(until),
            Phase::Running | Phase::Waiting | Phase::Over => None,
        }
    }

    /// Moves on and says what to do.
    #[must_use]
    pub(crate) fn advance(&mut self, input: Input, now: Instant) -> Action {
        let (phase, action) = self.step(input, now);
        self.phase = phase;
        action
    }

    fn step(&self, input: Input, now: Instant) -> (Phase, Action) {
        let terminating = |grace| (Phase::Terminating(now + grace), Action::Terminate);
        let killing = (Phase::Killing(now + KILL_LIMIT), Action::Kill);
        match (self.phase, input) {
            (Phase::Over, _) => (Phase::Over, Action::Nothing),
            (_, Input::NoneLeft) => (Phase::Over, Action::Finish),
            (Phase::Running, Input::FirstExited) => match self.leftovers {
                Leftovers::Stop => terminating(self.grace),
                Leftovers::Wait => (Phase::Waiting, Action::Nothing),
            },
            (Phase::Running | Phase::Waiting | Phase::Terminating(_), Input::Stop { force: true, .. }) => {
                killing
            }
            (Phase::Running | Phase::Waiting, Input::Stop { grace, .. }) => terminating(grace),
            (Phase::Terminating(until), Input::Stop { grace, .. }) => {
                (Phase::Terminating(until.min(now + grace)), Action::Nothing)
            }
            (Phase::Terminating(until), Input::Tick) if now >= until => killing,
            (Phase::Killing(until), Input::Tick) if now >= until => (Phase::Over, Action::Finish),
            (phase, _) => (phase, Action::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GRACE: Duration = Duration::from_secs(3);

    fn running(leftovers: Leftovers) -> (Ladder, Instant) {
        (Ladder::new(leftovers, GRACE), Instant::now())
    }

    #[test]
    fn a_stop_goes_by_way_of_grace() {
        let (mut ladder, start) = running(Leftovers::Stop);
        let stop = Input::Stop { force: false, grace: GRACE };
        assert_eq!(ladder.advance(stop, start), Action::Terminate);
        assert_eq!(ladder.advance(Input::Tick, start + GRACE / 2), Action::Nothing);
        assert_eq!(ladder.advance(Input::Tick, start + GRACE), Action::Kill);
        assert_eq!(ladder.advance(Input::NoneLeft, start + GRACE), Action::Finish);
        assert_eq!(ladder.advance(Input::NoneLeft, start + GRACE), Action::Nothing);
    }

    #[test]
    fn a_second_stop_shortens_the_grace_and_never_lengthens_it() {
        let (mut ladder, start) = running(Leftovers::Stop);
        let stop = |grace| Input::Stop { force: false, grace };
        assert_eq!(ladder.advance(stop(GRACE), start), Action::Terminate);
        assert_eq!(ladder.advance(stop(GRACE * 9), start), Action::Nothing);
        assert_eq!(ladder.deadline(), Some(start + GRACE));
        assert_eq!(ladder.advance(stop(GRACE / 3), start), Action::Nothing);
        assert_eq!(ladder.deadline(), Some(start + GRACE / 3));
    }

    #[test]
    fn an_endless_grace_overflows_no_clock_and_can_be_shortened() {
        let (mut ladder, start) = running(Leftovers::Stop);
        let stop = |grace| Input::Stop { force: false, grace };
        assert_eq!(ladder.advance(stop(Duration::from_millis(u64::MAX)), start), Action::Terminate);
        assert!(ladder.deadline() > Some(start + GRACE * 1_000_000));
        assert_eq!(ladder.advance(stop(GRACE), start), Action::Nothing);
        assert_eq!(ladder.advance(Input::Tick, start + GRACE), Action::Kill);
    }

    #[test]
    fn leftovers_are_waited_for_where_that_was_asked() {
        let (mut ladder, start) = running(Leftovers::Wait);
        assert_eq!(ladder.advance(Input::FirstExited, start), Action::Nothing);
        assert_eq!((ladder.phase(), ladder.deadline()), (Phase::Waiting, None));
        assert_eq!(ladder.advance(Input::NoneLeft, start + GRACE), Action::Finish);
    }

    #[test]
    fn what_does_not_die_is_given_up_at_the_limit() {
        let (mut ladder, start) = running(Leftovers::Stop);
        assert_eq!(ladder.advance(Input::Stop { force: true, grace: GRACE }, start), Action::Kill);
        assert_eq!(ladder.advance(Input::Stop { force: true, grace: GRACE }, start), Action::Nothing);
        assert_eq!(ladder.advance(Input::Tick, start + KILL_LIMIT), Action::Finish);
    }

    fn inputs() -> impl Strategy<Value = Input> {
        prop_oneof![
            Just(Input::FirstExited),
            Just(Input::Tick),
            Just(Input::NoneLeft),
            (any::<bool>(), 0_u64..9000)
                .prop_map(|(force, grace)| Input::Stop { force, grace: Duration::from_millis(grace) }),
        ]
    }

    proptest! {
        #[test]
        fn it_finishes_once_and_kills_once(inputs in proptest::collection::vec((inputs(), 0_u64..4000), 0..60)) {
            let (mut ladder, mut now) = running(Leftovers::Stop);
            let (mut kills, mut ends) = (0, 0);
            for (input, wait) in inputs {
                now += Duration::from_millis(wait);
                match ladder.advance(input, now) {
                    Action::Kill => kills += 1,
                    Action::Finish => ends += 1,
                    Action::Terminate => prop_assert_eq!(kills + ends, 0),
                    Action::Nothing => {}
                }
            }
            prop_assert!(kills <= 1 && ends <= 1);
        }
    }
}
