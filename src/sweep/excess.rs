//! What a process uses beyond a rule's limits at one moment. Pure.

use serde::Serialize;

use super::rule::Limits;
use crate::model::ProcessInfo;

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Resident memory, MiB.
    Memory,
    /// Share of one core, percent.
    Cpu,
    /// Time since its start, milliseconds.
    Age,
}

/// One limit that is exceeded, in the unit of its measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Excess {
    /// Which.
    pub measure: Measure,
    /// What was measured.
    pub value: f64,
    /// What is allowed.
    pub limit: f64,
}

/// The limits that a process exceeds. `now`: milliseconds since the epoch, of the same moment as the process's numbers.
#[must_use]
pub fn excesses(limits: &Limits, process: &ProcessInfo, now: f64) -> Vec<Excess> {
    let memory = limits.memory.map(|limit| (Measure::Memory, megabytes(process.rss_bytes), megabytes(limit)));
    let cpu = limits.cpu_percent.map(|limit| (Measure::Cpu, process.cpu_percent, limit));
    // A clock that was set back makes nobody older.
    let age = limits
        .age
        .map(|limit| (Measure::Age, (now - process.started_at).max(0.0), limit.as_secs_f64() * 1e3));
    let over = |(measure, value, limit): (Measure, f64, f64)| {
        (value > limit).then_some(Excess { measure, value, limit })
    };
    [memory, cpu, age].into_iter().flatten().filter_map(over).collect()
}

impl Excess {
    /// For people.
    #[must_use]
    pub fn describe(&self) -> String {
        self.measure.describe(self.value, self.limit)
    }
}

impl Measure {
    /// What is too much, for people.
    #[must_use]
    pub fn describe(self, value: f64, limit: f64) -> String {
        match self {
            Self::Memory => format!("uses {value:.0} MB of memory, over {limit:.0} MB"),
            Self::Cpu => format!("uses {value:.0} % of a core, over {limit:.0} %"),
            Self::Age => format!("is {:.0} s old, over {:.0} s", value / 1e3, limit / 1e3),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory as people read it")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sweep::test_processes::process;

    #[test]
    fn at_the_limit_is_not_over_it() {
        let limits =
            Limits { memory: Some(1_048_576), cpu_percent: Some(80.0), age: Some(Duration::from_secs(1)) };
        let mut it = process(10).build();
        (it.rss_bytes, it.cpu_percent, it.started_at) = (1_048_576, 80.0, 5_000.0);
        assert_eq!(excesses(&limits, &it, 6_000.0), []);
        it.rss_bytes += 1;
        it.cpu_percent = 80.1;
        let measures: Vec<_> = excesses(&limits, &it, 6_001.0).iter().map(|excess| excess.measure).collect();
        assert_eq!(measures, [Measure::Memory, Measure::Cpu, Measure::Age]);
        assert_eq!(excesses(&Limits::default(), &it, 1e12), [], "what is not limited is not exceeded");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_old() {
        let limits = Limits { age: Some(Duration::ZERO), ..Limits::default() };
        let mut it = process(10).build();
        it.started_at = 9e12;
        assert_eq!(excesses(&limits, &it, 1e12), []);
    }
}
