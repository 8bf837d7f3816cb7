//! The first line of a ledger, and where ledgers lie. Shared by the guard, which writes them, and the sweep, which reads what a dead one left.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::COOKIE_VARIABLE;
use crate::model::ProcessIdentity;

/// The shortest value of a cookie that is taken for one: anything shorter could be somebody's by chance.
const SHORTEST_COOKIE: usize = 16;

/// What a later start needs in order to find what a guard left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerHead {
    /// The guard's version.
    pub version: String,
    /// The target of `/proc/self/ns/pid`: pids mean nothing in another one.
    pub pid_namespace: Option<String>,
    /// The user that the guard acts as, and so its units.
    pub uid: u32,
    /// The host; `None` when it was gone before it could be looked at.
    pub host: Option<ProcessIdentity>,
    /// The guard.
    pub guard: ProcessIdentity,
    /// When it was written, milliseconds since boot: nobody of its units is older.
    #[serde(default)]
    pub since_boot_ms: u64,
    /// The entry that marks the environment of every unit, `PROCMAN_COOKIE=…`.
    pub cookie: String,
}

impl LedgerHead {
    /// The entry to look for; `None` where it would match more than one guard's units: an empty or short one matches nobody.
    #[must_use]
    pub fn marker(&self) -> Option<&[u8]> {
        let value = self.cookie.strip_prefix(COOKIE_VARIABLE)?.strip_prefix('=')?;
        let is_one = value.len() >= SHORTEST_COOKIE && value.bytes().all(|byte| byte.is_ascii_graphic());
        is_one.then_some(self.cookie.as_bytes())
    }
}

/// The folder of the ledgers in a state directory.
#[must_use]
pub fn ledger_folder(state_dir: &Path) -> PathBuf {
    state_dir.join("guards")
}

/// The name of a guard's ledger.
pub(super) fn ledger_name(guard: &ProcessIdentity) -> String {
    format!("{}-{}.jsonl", guard.pid, guard.start_token)
}

/// Whose ledger a name is: the guard's pid and start token. `None` for what is no ledger's name.
#[must_use]
pub fn guard_of_name(name: &str) -> Option<(i32, &str)> {
    let (pid, token) = name.strip_suffix(".jsonl")?.split_once('-')?;
    let is_token = token.strip_prefix('t').unwrap_or(token).bytes().all(|byte| byte.is_ascii_digit());
    Some((pid.parse().ok().filter(|pid| *pid > 0)?, token)).filter(|_| is_token && !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(cookie: &str) -> LedgerHead {
        let guard = ProcessIdentity { pid: 7, start_token: "99".into(), boot_id: "b".into() };
        LedgerHead {
            version: "1".into(),
            pid_namespace: None,
            uid: 0,
            host: None,
            guard,
            since_boot_ms: 0,
            cookie: cookie.into(),
        }
    }

    #[test]
    fn an_empty_or_short_cookie_marks_nobody() {
        let without =
            ["", "PROCMAN_COOKIE", "PROCMAN_COOKIE=", "PROCMAN_COOKIE=short", "OTHER=0123456789abcdef"];
        let strange =
            ["PROCMAN_COOKIE=0123456789 abcdef", "PROCMAN_COOKIE=0123456789abcde\0", "=0123456789abcdef"];
        for cookie in without.into_iter().chain(strange) {
            assert_eq!(head(cookie).marker(), None, "{cookie:?}");
        }
        let whole = "PROCMAN_COOKIE=0123456789abcdef";
        assert_eq!(head(whole).marker(), Some(whole.as_bytes()));
    }

    #[test]
    fn a_name_says_whose_ledger_it_is() {
        let head = head("");
        assert_eq!(guard_of_name(&ledger_name(&head.guard)), Some((7, "99")));
        assert_eq!(guard_of_name("7-t123.jsonl"), Some((7, "t123")));
        for name in
            ["sweep.lock", "7.jsonl", "-7-9.jsonl", "0-9.jsonl", "7-.jsonl", "7-9.jsonl.bak", "7-../x.jsonl"]
        {
            assert_eq!(guard_of_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_head_reads_as_it_was_written() {
        let head = head("PROCMAN_COOKIE=0123456789abcdef");
        let line = serde_json::to_string(&head).unwrap();
        assert!(line.contains("\"pidNamespace\"") && line.contains("\"startToken\""), "{line}");
        assert_eq!(serde_json::from_str::<LedgerHead>(&line).unwrap(), head);
    }
}
