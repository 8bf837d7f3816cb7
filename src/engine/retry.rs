//! Whether a failed call may be tried again, and when. Pure.
//!
//! | the request | rule `never-sent` | rule `annotated` |
//! |---|---|---|
//! | no byte of it was accepted, and the failure may pass | again | again |
//! | the server died with it in flight | give up | again, if the tool says that it is idempotent or only reads |
//! | anything else: answered, timed out, cannot ever work | give up | give up |

use std::time::Duration;

use crate::engine::call_request::RetryRule;
use crate::model::{Error, ErrorCode};

/// The wait before the second try; it doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// What follows a failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The failure is the answer.
    GiveUp,
    /// Try again after this time.
    Again(Duration),
    /// The same, if the tool's annotations allow a replay.
    AgainIfHarmless(Duration),
}

/// One failed try.
#[derive(Debug)]
pub(crate) struct FailedTry<'a> {
    /// Tries so far, this one included.
    pub(crate) attempts: u32,
    /// Tries after the first that the caller allows.
    pub(crate) max_retries: u32,
    /// The caller's rule.
    pub(crate) rule: RetryRule,
    /// What happened.
    pub(crate) error: &'a Error,
    /// The server may have seen a part of the request.
    pub(crate) sent: bool,
}

/// Decides. `jitter` is a random number in `0.0..1.0`.
pub(crate) fn decide(failed: &FailedTry<'_>, jitter: f64) -> Next {
    if failed.attempts > failed.max_retries {
        return Next::GiveUp;
    }
    let delay = delay(failed.attempts, jitter);
    match (failed.sent, failed.rule) {
        (false, _) if may_pass(failed.error) => Next::Again(delay),
        (true, RetryRule::Annotated) if failed.error.code() == ErrorCode::ServerExited => {
            Next::AgainIfHarmless(delay)
        }
        _ => Next::GiveUp,
    }
}

/// Failures of a request that never left: those that a new server process may not repeat.
fn may_pass(error: &Error) -> bool {
    match error.code() {
        ErrorCode::ServerExited | ErrorCode::ServerStart | ErrorCode::ServerProtocol => true,
        // A guard that was lost is replaced; one that is missing stays so.
        ErrorCode::Guard => error.is_retryable(),
        _ => false,
    }
}

/// 1 s, 2 s, 4 s, …, each up to a quarter shorter or longer, so that callers of a dead server do not come back as one crowd.
fn delay(attempts: u32, jitter: f64) -> Duration {
    FIRST_DELAY.saturating_mul(1 << (attempts - 1).min(5)).mul_f64(0.75 + jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(code: ErrorCode, sent: bool, rule: RetryRule, attempts: u32) -> Next {
        let error = Error::new(code, "x");
        decide(&FailedTry { attempts, max_retries: 2, rule, error: &error, sent }, 0.5)
    }

    #[test]
    fn what_may_have_run_is_never_replayed_by_default() {
        assert_eq!(after(ErrorCode::ServerExited, true, RetryRule::NeverSent, 1), Next::GiveUp);
        assert_eq!(after(ErrorCode::Rpc, true, RetryRule::Annotated, 1), Next::GiveUp);
        assert_eq!(after(ErrorCode::CallTimeout, true, RetryRule::Annotated, 1), Next::GiveUp);
    }

    #[test]
    fn what_never_left_is_tried_after_one_and_two_seconds() {
        let next = |attempts| after(ErrorCode::ServerStart, false, RetryRule::NeverSent, attempts);
        assert_eq!(next(1), Next::Again(Duration::from_secs(1)));
        assert_eq!(next(2), Next::Again(Duration::from_secs(2)));
        assert_eq!(next(3), Next::GiveUp);
    }

    #[test]
    fn what_cannot_ever_work_is_not_tried_again() {
        for code in [ErrorCode::Spawn, ErrorCode::Config, ErrorCode::ServerUnknown] {
            assert_eq!(after(code, false, RetryRule::Annotated, 1), Next::GiveUp, "{code}");
        }
    }

    #[test]
    fn annotations_decide_about_a_replay() {
        let next = after(ErrorCode::ServerExited, true, RetryRule::Annotated, 1);
        assert_eq!(next, Next::AgainIfHarmless(Duration::from_secs(1)));
    }
}
