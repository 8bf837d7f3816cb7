//! Where values stand in one object, and which id it has.

use std::ops::Range;

use super::key::{KEYS, Key};

/// Where the asked-for values stand; of a duplicate key the last, as `JSON.parse` has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(super) spans: [Option<Range<usize>>; KEYS],
    pub(super) own_id: Option<u64>,
}

impl Found {
    /// The bytes of a value, quotes or brackets included.
    pub(crate) fn span(&self, key: Key) -> Option<Range<usize>> {
        self.spans.get(key as usize).cloned().flatten()
    }

    pub(crate) fn has(&self, key: Key) -> bool {
        self.spans.get(key as usize).is_some_and(Option::is_some)
    }

    /// The id as a number of ours: `7`, `7.0`, and `"7"`, which sloppy servers make of it.
    pub(crate) fn own_id(&self) -> Option<u64> {
        self.own_id
    }
}

/// A number as we send them, also where a server made `7.0` or `"7"` of it.
pub(crate) fn parse_id(token: &[u8]) -> Option<u64> {
    if !token.is_empty() && token.len() < 20 && token.iter().all(u8::is_ascii_digit) {
        return Some(token.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')));
    }
    let number: f64 = std::str::from_utf8(token).ok()?.parse().ok()?;
    // Above 2^53 a double no longer tells neighbours apart; no connection comes that far.
    let exact = number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: whole and in range"
    )]
    exact.then_some(number as u64)
}
