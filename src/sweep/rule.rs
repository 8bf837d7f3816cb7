//! One rule: whom it means, what they may use, and what is done with those who use more.

use std::time::Duration;

use serde_json::Value;

use super::matcher::Matcher;
use crate::model::{Error, ErrorCode, Result};

const BYTES_PER_MB: f64 = 1_048_576.0;

/// What a rule does with who exceeds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Action {
    /// Only tells.
    #[default]
    Observe,
    /// Stops it.
    Stop,
    /// Replaces it, where procman can start it again.
    Restart,
}

impl Action {
    /// As JavaScript spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Observe, Self::Stop, Self::Restart].into_iter().find(|action| action.as_str() == word)
    }
}

/// What a process may use. What is not named is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// Resident memory, bytes.
    pub memory: Option<u64>,
    /// Share of one core, percent.
    pub cpu_percent: Option<f64>,
    /// Time since its start.
    pub age: Option<Duration>,
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether one sample cannot tell that they are exceeded.
    #[must_use]
    pub fn must_hold(&self) -> bool {
        self.memory.is_some() || self.cpu_percent.is_some()
    }
}

/// A rule of a monitor or of a plan.
#[derive(Debug, Clone)]
pub struct MonitorRule {
    /// What reports call it.
    pub name: String,
    /// Whom it means.
    pub matcher: Matcher,
    /// What they may use.
    pub limits: Limits,
    /// For how long a limit must be exceeded before it counts.
    pub sustain: Duration,
    /// What then happens.
    pub action: Action,
}

/// How long a limit must be exceeded where the rule does not say.
pub(super) const SUSTAIN: Duration = Duration::from_secs(10);

impl MonitorRule {
    /// Reads a list of rules as `lib/api/monitor/monitor-rules.js` checked and wrote it: Infinity and what is not limited are left out.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` naming the rule and what is wrong with it.
    pub fn list(json: &str) -> Result<Vec<Self>> {
        let list: Vec<Value> = serde_json::from_str(json).map_err(|_| {
            Error::new(ErrorCode::InvalidArgument, "rules must be an array of MonitorRule objects")
        })?;
        list.iter().map(Self::from_json).collect()
    }

    fn from_json(value: &Value) -> Result<Self> {
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |key: &str| value.get(key).and_then(Value::as_f64);
        let time = |key: &str| number(key).and_then(|ms| Duration::try_from_secs_f64(ms / 1e3).ok());
        let limits = Limits {
            memory: number("maxMemoryMB").map(bytes),
            cpu_percent: number("maxCpuPercent"),
            age: time("maxAgeMs"),
        };
        let action =
            value.get("action").and_then(Value::as_str).and_then(Action::from_word).unwrap_or_default();
        let matcher = Matcher::from_json(&name, value.get("match").unwrap_or(&Value::Null))?;
        Ok(Self { matcher, limits, sustain: time("sustainMs").unwrap_or(SUSTAIN), action, name })
    }
}

/// Of a number of megabytes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a limit that JavaScript checked to be positive"
)]
pub(super) fn bytes(megabytes: f64) -> u64 {
    (megabytes * BYTES_PER_MB) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_with_its_units() {
        let rules = MonitorRule::list(
            r#"[{"name":"a","match":"vitest","maxMemoryMB":1.5,"maxCpuPercent":80,"maxAgeMs":2000,"sustainMs":0,"action":"stop"},
                {"name":"b","match":{"program":"node","args":["mcp"]}}]"#,
        )
        .unwrap();
        let limits =
            Limits { memory: Some(1_572_864), cpu_percent: Some(80.0), age: Some(Duration::from_secs(2)) };
        assert_eq!(
            (rules[0].limits, rules[0].sustain, rules[0].action),
            (limits, Duration::ZERO, Action::Stop)
        );
        assert!(rules[1].limits.is_empty());
        assert_eq!((rules[1].sustain, rules[1].action), (SUSTAIN, Action::Observe));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert!(MonitorRule::list("{}").is_err());
        assert!(MonitorRule::list(r#"[{"name":"x"}]"#).is_err(), "a rule without match");
    }
}
