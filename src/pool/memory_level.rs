//! How far an instance is above its memory limit, and what that means for it. Pure.
//!
//! | level | tree, in limits | what happens |
//! |---|---|---|
//! | within | up to 1 | nothing |
//! | over | up to 1½ | its successor is started; it serves on until that is ready |
//! | strained | up to 2 | the same, and new calls go to others or wait for the successor: what is left belongs to those who must stay |
//! | spent | up to 3 | nobody begins anything on it any more; what is in flight may end, for [`LAST_CALLS`] |
//! | runaway | more | stopped at once: nothing else keeps it from taking the machine's memory |

use std::time::Duration;

/// What is in flight on a spent instance may take so long.
pub(crate) const LAST_CALLS: Duration = Duration::from_secs(5);

/// Where an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MemoryLevel {
    Within,
    Over,
    Strained,
    Spent,
    Runaway,
}

impl MemoryLevel {
    /// Of a tree that uses `bytes` and may use `limit`.
    pub(crate) fn of(bytes: u64, limit: u64) -> Self {
        let above = marks(limit).into_iter().filter(|mark| bytes > *mark).count();
        [Self::Within, Self::Over, Self::Strained, Self::Spent, Self::Runaway][above]
    }

    /// The bytes above which the next level begins; `None`: this is the last one.
    pub(crate) fn next_mark(bytes: u64, limit: u64) -> Option<u64> {
        marks(limit).into_iter().find(|mark| bytes <= *mark)
    }
}

/// The upper ends of all levels but the last.
fn marks(limit: u64) -> [u64; 4] {
    let times = |times: u64| limit.saturating_mul(times);
    [limit, limit.saturating_add(limit / 2), times(2), times(3)]
}

#[cfg(test)]
mod tests {
    use super::MemoryLevel::{Over, Runaway, Spent, Strained, Within};
    use super::*;

    #[test]
    fn each_level_ends_where_the_next_begins() {
        let levels = [0, 100, 101, 150, 151, 200, 201, 300, 301].map(|bytes| MemoryLevel::of(bytes, 100));
        assert_eq!(levels, [Within, Within, Over, Over, Strained, Strained, Spent, Spent, Runaway]);
        let marks = [100, 101, 151, 201, 301].map(|bytes| MemoryLevel::next_mark(bytes, 100));
        assert_eq!(marks, [Some(100), Some(150), Some(200), Some(300), None]);
    }

    #[test]
    fn no_limit_is_never_passed() {
        assert_eq!(MemoryLevel::of(u64::MAX, u64::MAX), Within);
        assert_eq!(MemoryLevel::next_mark(1, u64::MAX), Some(u64::MAX));
    }
}
