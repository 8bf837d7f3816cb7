//! The restart policy of a pool: what failed, how often in a row, and what those are told who ask meanwhile.
//!
//! Two kinds of failure, each with a row of its own ([`Backoff`]). A process that ran and failed counts toward the quarantine, and nobody gets
//! around the waits. A start that never had a process (no such command, a configuration that cannot be read) is cheap and mended by
//! people: whoever waits may always try, and only what nobody waits for comes after a growing pause.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::backoff::{Admission, Backoff, BackoffPolicy};
use super::restart_policy::{Life, Permission, RestartPolicy};
use crate::model::{Error, ErrorCode};

/// While a trial start is under way nobody else starts; its outcome wakes those who wait earlier than this.
const TRIAL_LOOK: Duration = Duration::from_secs(1);

/// The failures of one server.
#[derive(Debug)]
pub(crate) struct Restarts {
    server: Box<str>,
    /// The pool is of whoever made it, and ends with it; else it is the process's, and stays.
    is_own: bool,
    crashes: Backoff,
    misfires: Backoff,
    last: Option<Error>,
    chance: u64,
}

impl Restarts {
    /// `seed` spreads the restarts of servers that fail together.
    pub(crate) fn new(server: &str, max_restarts: u32, seed: u64) -> Self {
        let misfires = BackoffPolicy { cap: Duration::from_secs(60), ..BackoffPolicy::new(u32::MAX) };
        Self {
            server: server.into(),
            is_own: false,
            crashes: Backoff::new(BackoffPolicy::new(max_restarts)),
            misfires: Backoff::new(misfires),
            last: None,
            chance: seed,
        }
    }

    /// Those of a pool that somebody made and can make anew.
    pub(crate) fn own(self, is_own: bool) -> Self {
        Self { is_own, ..self }
    }

    fn failed(&mut self, now: Instant, lived: Duration, error: Option<&Error>) {
        let chance = self.next_chance();
        if error.is_some_and(|error| had_no_process(error.code())) {
            self.misfires.failed(now, lived, chance);
            return self.crashes.given_up(now);
        }
        self.last = error.cloned();
        self.crashes.failed(now, lived, chance);
    }

    /// Evenly spread in `0.0..1.0`.
    fn next_chance(&mut self) -> f64 {
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        (self.chance >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn error(&self, now: Instant, until: Instant) -> Error {
        let (server, failures) = (&*self.server, self.crashes.in_a_row());
        let wait = (until - now).as_secs() + 1;
        let cause = self
            .last
            .as_ref()
            .map_or_else(String::new, |last| format!("; the last time: {}", last.message()));
        let next = if self.is_own {
            "wait, or repair it, shut this pool down and make a new one".to_owned()
        } else {
            format!("wait, or repair it and call closeServer('{server}')")
        };
        let message = format!(
            "server '{server}' failed {failures} times in a row and is left alone for {wait} s; {next}{cause}"
        );
        let error = Error::new(ErrorCode::ServerQuarantined, message)
            .retryable()
            .detail("server", server)
            .detail("failures", failures)
            .detail("until", epoch_ms(now, until))
            .detail("lastCode", self.last.as_ref().map(|last| last.code().as_str()));
        let last = self.last.iter().flat_map(Error::details);
        last.filter(|(key, _)| matches!(key.as_str(), "exitCode" | "signal" | "stderr"))
            .fold(error, |error, (key, value)| error.detail(key, value.clone()))
    }
}

impl RestartPolicy for Restarts {
    fn permission(&mut self, now: Instant, urgent: bool) -> Permission {
        if !urgent && let Admission::At(at) = self.misfires.ask(now) {
            return Permission::After(at);
        }
        match self.crashes.ask(now) {
            Admission::Now => Permission::Now,
            Admission::At(at) => Permission::After(at),
            Admission::OnTrial => Permission::After(now + TRIAL_LOOK),
            Admission::Quarantined(until) => Permission::Quarantined { until, error: self.error(now, until) },
        }
    }

    fn started(&mut self, _now: Instant) {
        self.crashes.started();
        self.misfires.reset();
    }

    fn start_failed(&mut self, now: Instant, error: &Error) {
        self.failed(now, Duration::ZERO, Some(error));
    }

    fn died(&mut self, now: Instant, life: Life, error: Option<&Error>) {
        // Whoever served is worth a restart: what is wrong with it is wrong with one call, or with its surroundings.
        let lived = if life.served { Duration::MAX } else { life.lived };
        self.failed(now, lived, error);
    }

    fn given_up(&mut self, now: Instant) {
        self.crashes.given_up(now);
    }

    fn quarantine(&self, now: Instant) -> Option<(Instant, Error)> {
        self.crashes.quarantined_until(now).map(|until| (until, self.error(now, until)))
    }

    fn limit(&mut self, max_restarts: u32) {
        self.crashes.limit(max_restarts);
    }

    fn forgive(&mut self) {
        self.crashes.reset();
        self.misfires.reset();
        self.last = None;
    }
}

/// What failed before the server's own process ran, or without its fault.
fn had_no_process(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::ServerStart
            | ErrorCode::ServerExited
            | ErrorCode::ServerProtocol
            | ErrorCode::CallTimeout
            | ErrorCode::Rpc
    )
}

fn epoch_ms(now: Instant, at: Instant) -> u64 {
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + (at - now);
    u64::try_from(epoch.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "restarts_tests.rs"]
mod tests;
