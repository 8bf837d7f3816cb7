//! Whether an instance is well: when to ask it, when to spare it new calls, when to give it up.
//!
//! Owns the judgement. Sends nothing and stops nothing: the pool's loop asks at each of its ticks and does what it is told.
//!
//! | state | seen at a tick | next, and what to do |
//! |---|---|---|
//! | well | idle, nothing read for `interval` | asked: send a ping |
//! | well | busy, silent for longer than [`HealthPolicy::patience`] | silent: send a ping, no new calls |
//! | asked | something was read since | well |
//! | asked | a call is in flight at the deadline | silent, no new calls; it was asked already |
//! | asked | idle, nothing read until the deadline | lost: restart it |
//! | silent | something was read since | well: new calls again |
//! | silent | still busy | stays, however long the calls take |
//! | silent | idle | asked, with a new deadline; one more ping |
//!
//! Any byte that the server writes is a sign of life, the answer to a ping among them. A call that is slow but legal is never cut short:
//! while calls are in flight an instance is only spared new ones. A server that works on several things at once answers the ping in the
//! middle of a long call and is well; one that does not would only have queued the calls. Calls end by their own timeouts; if the server is
//! still silent then, it gets `answer_within` once more before it is given up.

use std::time::{Duration, Instant};

/// How many times the usual service time a silence may last.
const USUAL_TIMES: u32 = 8;

/// How often to ask, and how long to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HealthPolicy {
    /// An idle instance that was silent for this long is asked.
    pub(crate) interval: Duration,
    /// How long it may take to answer.
    pub(crate) answer_within: Duration,
    /// A busy instance may always be silent for this long.
    pub(crate) min_patience: Duration,
}

impl HealthPolicy {
    /// The usual one, with the caller's `interval`.
    pub(crate) fn new(interval: Duration) -> Self {
        let answer_within = interval.clamp(Duration::from_secs(5), Duration::from_secs(30));
        Self { interval, answer_within, min_patience: Duration::from_secs(15) }
    }

    /// How long a busy instance may be silent, when its calls usually take `usual`.
    fn patience(&self, usual: Option<Duration>) -> Duration {
        usual.map_or(self.min_patience, |usual| self.min_patience.max(usual * USUAL_TIMES))
    }
}

/// What the loop sees of an instance at a tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signs {
    /// When the server last wrote something; its start, if it never did.
    pub(crate) last_read: Instant,
    /// When the oldest call in flight was sent.
    pub(crate) oldest_call: Option<Instant>,
    /// What nearly all calls stay under, if enough were seen.
    pub(crate) usual: Option<Duration>,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Nothing.
    Leave,
    /// Send a ping. Its answer need not be told: it is read.
    Ping,
    /// It does not answer and nobody's call is in it: replace and stop it.
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    Asked { at: Instant },
    Silent { since: Instant },
    Lost,
}

/// The health of one instance. Pure: time comes in from outside.
#[derive(Debug)]
pub(crate) struct Health {
    policy: HealthPolicy,
    state: State,
}

impl Health {
    pub(crate) const fn new(policy: HealthPolicy) -> Self {
        Self { policy, state: State::Well }
    }

    /// Whether it should get new calls.
    pub(crate) const fn takes_calls(&self) -> bool {
        matches!(self.state, State::Well | State::Asked { .. })
    }

    /// Looks at it.
    pub(crate) fn tick(&mut self, now: Instant, signs: &Signs) -> Advice {
        if self.was_heard_of(signs) {
            self.state = State::Well;
        }
        match (self.state, signs.oldest_call) {
            (State::Well, None) if now - signs.last_read >= self.policy.interval => self.ask(now),
            (State::Well, Some(oldest)) if self.is_stalled(now, oldest, signs) => {
                self.state = State::Silent { since: now };
                Advice::Ping
            }
            (State::Asked { at }, None) if now - at >= self.policy.answer_within => {
                self.state = State::Lost;
                Advice::Restart
            }
            (State::Asked { at }, Some(_)) if now - at >= self.policy.answer_within => {
                self.state = State::Silent { since: at };
                Advice::Leave
            }
            (State::Silent { .. }, None) => self.ask(now),
            (State::Well | State::Asked { .. } | State::Silent { .. } | State::Lost, _) => Advice::Leave,
        }
    }

    fn was_heard_of(&self, signs: &Signs) -> bool {
        match self.state {
            State::Well | State::Lost => false,
            State::Asked { at } => signs.last_read >= at,
            State::Silent { since } => signs.last_read >= since,
        }
    }

    fn ask(&mut self, now: Instant) -> Advice {
        self.state = State::Asked { at: now };
        Advice::Ping
    }

    fn is_stalled(&self, now: Instant, oldest: Instant, signs: &Signs) -> bool {
        now - signs.last_read.max(oldest) >= self.policy.patience(signs.usual)
    }
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
