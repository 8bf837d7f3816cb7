//! A ledger that is due to be swept: what it leads to, and how much of the grace is left.

use std::time::Duration;

use super::files::{Content, LedgerFile};
use super::sweep::outcome;
use crate::guard::LedgerHead;
use crate::model::{LedgerOutcome, LedgerState};
use crate::sys::clock;

/// A ledger whose host and guard are gone.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) file: LedgerFile,
    asked_at: Option<Duration>,
    /// When its guard began, milliseconds since boot.
    pub(super) since_boot_ms: u64,
    /// What its processes carry.
    pub(super) marker: Vec<u8>,
}

impl Due {
    /// Of a file that was judged so.
    pub(super) fn new(file: LedgerFile) -> Self {
        let (asked_at, since_boot_ms, marker) = match &file.content {
            Content::Ledger { head, asked_at } => (*asked_at, head.since_boot_ms, marker(head)),
            Content::Unwritten | Content::Unusable(_) => (None, 0, Vec::new()),
        };
        Self { file, asked_at, since_boot_ms, marker }
    }

    /// What an earlier sweep left of the grace.
    pub(super) fn grace_left(&self, grace: Duration) -> Duration {
        let since_asked = self.asked_at.map(|asked_at| clock::since_boot().saturating_sub(asked_at));
        grace.saturating_sub(since_asked.unwrap_or_default())
    }

    /// Notes, once, that its leftovers were asked to end.
    pub(super) fn note_asked(&mut self) {
        if self.asked_at.is_none() {
            let now = clock::since_boot();
            self.asked_at = Some(now);
            self.file.note_asked(now);
        }
    }

    /// Its line in the report.
    pub(super) fn outcome(&self, state: LedgerState, detail: String, found: u32) -> LedgerOutcome {
        LedgerOutcome { found, ..outcome(&self.file, state, detail) }
    }
}

fn marker(head: &LedgerHead) -> Vec<u8> {
    head.marker().unwrap_or_default().to_vec()
}
