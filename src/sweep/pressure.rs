//! What the kernel itself says about scarcity: pressure stall information, and what memory limits of cgroups did.
//!
//! Reads small files, where they exist. Decides nothing.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;

/// The share of time in the last ten seconds in which somebody, or everybody, waited for a resource; percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Stall {
    /// Some task waited.
    pub some: f64,
    /// Every task that was not idle waited.
    pub full: f64,
}

/// What a memory limit did to this process's own cgroup since it exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryEvents {
    /// Times that usage was throttled at the soft limit.
    pub high: u64,
    /// Times that usage met the hard limit.
    pub max: u64,
    /// Processes that the kernel killed for memory.
    pub oom_kill: u64,
}

/// One reading; what the machine does not offer is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pressure {
    /// Of memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Stall>,
    /// Of processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Stall>,
    /// Of the cgroup that this process is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_events: Option<MemoryEvents>,
}

impl Pressure {
    /// Reads it.
    #[must_use]
    pub fn read() -> Self {
        let stall = |name: &str| parse_stall(&fs::read_to_string(format!("/proc/pressure/{name}")).ok()?);
        Self { memory: stall("memory"), cpu: stall("cpu"), memory_events: own_memory_events() }
    }

    /// Whether everything stood still for memory for more than a tenth of the time.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.memory.is_some_and(|stall| stall.full > 10.0)
    }

    /// Whether something waited for memory for more than a tenth of the time.
    #[must_use]
    pub fn is_tense(&self) -> bool {
        self.memory.is_some_and(|stall| stall.some > 10.0)
    }
}

/// `some avg10=0.00 avg60=… \n full avg10=…`. The processors' file may lack the second line.
fn parse_stall(text: &str) -> Option<Stall> {
    let of = |kind: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(kind))?;
        line.split_ascii_whitespace().find_map(|field| field.strip_prefix("avg10=")?.parse().ok())
    };
    Some(Stall { some: of("some ")?, full: of("full ").unwrap_or(0.0) })
}

fn own_memory_events() -> Option<MemoryEvents> {
    let place = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = place.lines().find_map(|line| line.strip_prefix("0::/"))?;
    // The memory controller may be of the first version, or not delegated: then there is no such file.
    let file = PathBuf::from("/sys/fs/cgroup").join(path).join("memory.events");
    Some(parse_events(&fs::read_to_string(file).ok()?))
}

fn parse_events(text: &str) -> MemoryEvents {
    let of = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    };
    MemoryEvents { high: of("high"), max: of("max"), oom_kill: of("oom_kill") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lines_are_read() {
        let text = "some avg10=12.50 avg60=1.00 avg300=0.10 total=99\nfull avg10=11.00 avg60=0.50 avg300=0.00 total=9\n";
        let stall = parse_stall(text).unwrap();
        assert_eq!(stall, Stall { some: 12.5, full: 11.0 });
        let pressure = Pressure { memory: Some(stall), ..Pressure::default() };
        assert!(pressure.is_critical() && pressure.is_tense());
        assert_eq!(parse_stall("some avg10=0.20 total=1\n").unwrap(), Stall { some: 0.2, full: 0.0 });
        assert_eq!(parse_stall(""), None);
    }

    #[test]
    fn events_are_read_by_their_whole_name() {
        let text = "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n";
        assert_eq!(parse_events(text), MemoryEvents { high: 2, max: 3, oom_kill: 5 });
    }

    #[test]
    fn a_machine_without_any_of_it_is_calm() {
        assert!(!Pressure::default().is_critical() && !Pressure::default().is_tense());
    }
}
