//! When a server that failed may be started again.
//!
//! Owns the count of failures in a row and what follows from it. Starts nothing and keeps no timer: the pool asks before each start.
//!
//! | state | `ask` | `failed` | `started` |
//! |---|---|---|---|
//! | open | `Now` | first in a row → open; later → waiting; above `max_restarts` → quarantined | – |
//! | waiting | before its time `At`, then → open, `Now` | as above | – |
//! | quarantined | before its time `Quarantined`, then → trying, `Now` | later end of the same quarantine, or a late death: stays | – |
//! | trying | `OnTrial`: one start at a time | → quarantined, twice as long | → open, the count stays |
//!
//! A failure is a start that did not become ready, or the death of an instance that was not asked to leave. Whether it belongs to a
//! row is judged when the instance ends, from how long it lived: after [`BackoffPolicy::stable`] the row starts again. A start that merely
//! succeeds proves nothing, so a server that dies after each start ends in quarantine however fast or slow it does so.

use std::time::{Duration, Instant};

/// The longest quarantine, as a multiple of the first.
const MAX_DOUBLINGS: u32 = 4;

/// How often and how fast a server is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BackoffPolicy {
    /// Restarts in a row before the quarantine.
    pub(crate) max_restarts: u32,
    /// The wait before the second restart in a row; the first is at once.
    pub(crate) base: Duration,
    /// The longest wait between two restarts.
    pub(crate) cap: Duration,
    /// An instance that lived this long failed for a reason of its own.
    pub(crate) stable: Duration,
    /// The first quarantine.
    pub(crate) quarantine: Duration,
}

impl BackoffPolicy {
    /// The usual one, with the caller's `max_restarts`.
    pub(crate) const fn new(max_restarts: u32) -> Self {
        Self {
            max_restarts,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(10),
            stable: Duration::from_secs(10),
            quarantine: Duration::from_secs(30),
        }
    }
}

/// Whether a server may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Yes; report how it went.
    Now,
    /// Not before this time.
    At(Instant),
    /// It failed too often; the next try may be made then.
    Quarantined(Instant),
    /// The one start after a quarantine is under way; its outcome decides.
    OnTrial,
}

/// What a failure led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consequence {
    /// The next start may be made at this time, which may be now.
    RestartAt(Instant),
    /// The server is left alone until then. Told once for each quarantine.
    Quarantine(Instant),
    /// It was in quarantine before.
    Unchanged,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Waiting(Instant),
    Quarantined(Instant),
    Trying,
}

/// The failures in a row of one server. Pure: time and chance come in from outside.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: BackoffPolicy,
    state: State,
    in_a_row: u32,
    quarantines: u32,
}

impl Backoff {
    pub(crate) const fn new(policy: BackoffPolicy) -> Self {
        Self { policy, state: State::Open, in_a_row: 0, quarantines: 0 }
    }

    /// Asks leave for a start. `Now` after a quarantine is given once: whoever gets it starts.
    pub(crate) fn ask(&mut self, now: Instant) -> Admission {
        match self.state {
            State::Open => Admission::Now,
            State::Waiting(until) if now < until => Admission::At(until),
            State::Waiting(_) => {
                self.state = State::Open;
                Admission::Now
            }
            State::Quarantined(until) if now < until => Admission::Quarantined(until),
            State::Quarantined(_) => {
                self.state = State::Trying;
                Admission::Now
            }
            State::Trying => Admission::OnTrial,
        }
    }

    /// A start became ready.
    pub(crate) fn started(&mut self) {
        if self.state == State::Trying {
            self.state = State::Open;
        }
    }

    /// A start that was given leave was given up by its callers: nothing is known of the server.
    pub(crate) fn given_up(&mut self, now: Instant) {
        if self.state == State::Trying {
            self.state = State::Quarantined(now);
        }
    }

    /// A start failed (`lived` of zero) or an instance died `lived` after it was ready. `chance` in `0.0..=1.0` spreads the restarts of
    /// servers that died together.
    pub(crate) fn failed(&mut self, now: Instant, lived: Duration, chance: f64) -> Consequence {
        if matches!(self.state, State::Quarantined(_)) {
            return Consequence::Unchanged;
        }
        if lived >= self.policy.stable {
            self.reset();
            return Consequence::RestartAt(now);
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.state == State::Trying || self.in_a_row > self.policy.max_restarts {
            return self.quarantine(now);
        }
        let wait = self.delay().mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0));
        let until = match self.state {
            // Instances that die together wait together.
            State::Waiting(until) => until.max(now + wait),
            _ => now + wait,
        };
        self.state = if until > now { State::Waiting(until) } else { State::Open };
        Consequence::RestartAt(until)
    }

    /// Somebody repaired the server: forgets every failure.
    pub(crate) fn reset(&mut self) {
        self.state = State::Open;
        self.in_a_row = 0;
        self.quarantines = 0;
    }

    /// Whether starts are refused now, and until when.
    pub(crate) fn quarantined_until(&self, now: Instant) -> Option<Instant> {
        match self.state {
            State::Quarantined(until) if now < until => Some(until),
            _ => None,
        }
    }

    /// Restarts in a row before the quarantine, from now on.
    pub(crate) fn limit(&mut self, max_restarts: u32) {
        self.policy.max_restarts = max_restarts;
    }

    /// Failures in a row.
    pub(crate) const fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    fn quarantine(&mut self, now: Instant) -> Consequence {
        let until = now + self.policy.quarantine * (1 << self.quarantines.min(MAX_DOUBLINGS));
        self.quarantines = self.quarantines.saturating_add(1);
        self.state = State::Quarantined(until);
        Consequence::Quarantine(until)
    }

    /// Before the jitter: nothing after the first failure, then doubling.
    fn delay(&self) -> Duration {
        let doublings = match self.in_a_row {
            0 | 1 => return Duration::ZERO,
            row => (row - 2).min(20),
        };
        self.policy.base.saturating_mul(1 << doublings).min(self.policy.cap)
    }
}

#[cfg(test)]
#[path = "backoff_tests.rs"]
mod tests;
