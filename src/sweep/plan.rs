//! A kill plan: who would be stopped and why, who would not and why not. Plain data, and whether it is still good.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::model::{Error, ErrorCode, ProcessInfo, Refusal, Result};

/// A process that a rule chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Who, with what was read of it.
    pub process: ProcessInfo,
    /// Which rule, or who asked.
    pub rule: String,
    /// Why it was chosen; among the refused: why it is left alone.
    pub reasons: Vec<String>,
}

impl Choice {
    /// As an entry of a report's refusals.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal { pid: self.process.identity.pid, reason: self.reasons.join("; ") }
    }
}

/// The contract's `KillPlan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KillPlan {
    /// When, in RFC 3339.
    pub created_at: String,
    /// The kernel's id of the boot that its identities are of.
    pub boot_id: String,
    /// Whom executing it stops, by number.
    pub targets: Vec<Choice>,
    /// Who was chosen and is protected, by number.
    pub refused: Vec<Choice>,
}

/// A clock that was set back by more than this makes the age of a plan a guess.
const CLOCK_STEP: Duration = Duration::from_secs(1);

impl KillPlan {
    /// Reads what JavaScript hands back.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for what `planKill()` did not make.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|error| {
            let message =
                format!("plan must be what planKill() gave, or the same from JSON ({error}); make a new one");
            Error::new(ErrorCode::InvalidArgument, message).detail("argument", "plan")
        })
    }

    /// Whether it may still be executed at `now`.
    ///
    /// # Errors
    /// `ERR_PLAN_STALE` for one of another boot, older than `most`, or from the future.
    pub fn check_fresh(&self, boot_id: &str, now: SystemTime, most: Option<Duration>) -> Result<()> {
        if self.boot_id != boot_id {
            return Err(stale(
                "it was made before the machine was started anew, so that its numbers mean others",
            ));
        }
        let made = humantime::parse_rfc3339(&self.created_at).map_err(|_| {
            let message = format!("plan.createdAt must be a time in RFC 3339; got '{}'", self.created_at);
            Error::new(ErrorCode::InvalidArgument, message).detail("argument", "plan.createdAt")
        })?;
        let age = match now.duration_since(made) {
            Ok(age) => age,
            Err(ahead) if ahead.duration() <= CLOCK_STEP => Duration::ZERO,
            Err(_) => return Err(stale("it was made in the future: the clock was set back since")),
        };
        match most {
            Some(most) if age > most => {
                Err(stale(&format!("it is {} ms old, over {} ms", age.as_millis(), most.as_millis())))
            }
            _ => Ok(()),
        }
    }
}

/// A moment of a table as text.
pub(super) fn timestamp(epoch_ms: f64) -> String {
    let since = Duration::try_from_secs_f64(epoch_ms / 1e3).unwrap_or_default();
    humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string()
}

fn stale(why: &str) -> Error {
    Error::new(
        ErrorCode::PlanStale,
        format!("the plan is not executed: {why}; make a new one and look at it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_at(ms: f64) -> KillPlan {
        KillPlan {
            created_at: timestamp(ms),
            boot_id: "boot".into(),
            targets: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn at(ms: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(ms)
    }

    #[test]
    fn an_old_plan_one_of_another_boot_and_one_from_the_future_are_stale() {
        let plan = made_at(1e12);
        let minute = Some(Duration::from_secs(60));
        assert!(plan.check_fresh("boot", at(1_000_000_060_000), minute).is_ok());
        assert!(plan.check_fresh("boot", at(999_999_999_500), minute).is_ok(), "clocks are not that exact");
        assert!(plan.check_fresh("boot", at(9_000_000_000_000), None).is_ok(), "Infinity: however old");
        for (boot, now) in
            [("boot", 1_000_000_060_001), ("boot", 999_999_000_000), ("another", 1_000_000_000_000)]
        {
            let error = plan.check_fresh(boot, at(now), minute).unwrap_err();
            assert_eq!(error.code(), ErrorCode::PlanStale, "{boot} {now}");
        }
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        for json in ["", "{}", "[]", r#"{"createdAt":"x","bootId":"b","targets":[{}],"refused":[]}"#] {
            assert_eq!(KillPlan::from_json(json).unwrap_err().code(), ErrorCode::InvalidArgument, "{json}");
        }
        let odd = KillPlan { created_at: "yesterday".into(), ..made_at(0.0) };
        assert_eq!(odd.check_fresh("boot", at(0), None).unwrap_err().code(), ErrorCode::InvalidArgument);
    }

    #[test]
    fn it_survives_json() {
        let plan = made_at(1e12);
        assert_eq!(plan.created_at, "2001-09-09T01:46:40.000Z");
        assert_eq!(KillPlan::from_json(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
    }
}
