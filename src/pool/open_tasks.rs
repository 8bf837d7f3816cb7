//! The tasks of one instance that are not over, and until when it stays for each. Pure: time comes in from outside.
//!
//! | heard of a task | the instance stays for it |
//! |---|---|
//! | it works, or wants input | until its time to live, [`LONGEST`] after it was heard of last at the most |
//! | it ended, and its result was not fetched | [`FETCH`] at the most |
//! | its result was told, or nobody knows it any more | not at all |

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::mcp::tasks::TaskNews;

/// Nobody who wants a task asks for it more seldom.
const LONGEST: Duration = Duration::from_secs(3600);

/// A result that nobody fetches is not waited for any longer.
const FETCH: Duration = Duration::from_secs(60);

/// A server that makes tasks without end must not make this grow: the instance does not stay for those above it.
const MOST: usize = 10_000;

/// One task.
#[derive(Debug, Clone, Copy)]
struct OpenTask {
    /// The end of its time to live.
    ends: Option<Instant>,
    until: Instant,
}

/// Task → until when.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenTasks {
    open: HashMap<Box<str>, OpenTask>,
}

impl OpenTasks {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Takes in what was heard of a task; the moment at which to look again.
    pub(crate) fn hear(&mut self, task: &str, news: TaskNews, now: Instant) -> Option<Instant> {
        let known = self.open.get(task).copied();
        let (ends, wait) = match news {
            TaskNews::Over => {
                self.open.remove(task);
                return None;
            }
            TaskNews::Ended => (known?.ends, FETCH),
            TaskNews::Working { ttl } => {
                let told = ttl.and_then(|ttl| now.checked_add(ttl));
                // Its life is counted from its creation, of which this host heard first.
                (known.map_or(told, |known| known.ends.or(told)), LONGEST)
            }
        };
        if known.is_none() && self.open.len() >= MOST {
            return None;
        }
        let until = ends.map_or(now + wait, |ends| ends.min(now + wait));
        self.open.insert(task.into(), OpenTask { ends, until });
        Some(until)
    }

    /// Forgets those whose time is over; whether there were any.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        let before = self.open.len();
        self.open.retain(|_, task| task.until > now);
        self.open.len() < before
    }

    /// When the next one's time is over.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.open.values().map(|task| task.until).min()
    }

    /// It stays for none any more.
    pub(crate) fn clear(&mut self) {
        self.open.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const FOR_EVER: TaskNews = TaskNews::Working { ttl: None };

    #[test]
    fn a_task_without_a_time_to_live_is_stayed_for_an_hour_after_it_was_heard_of() {
        let (mut tasks, now) = (OpenTasks::default(), Instant::now());
        assert_eq!(tasks.hear("a", FOR_EVER, now), Some(now + LONGEST));
        let later = now + 50 * MINUTE;
        assert_eq!(tasks.hear("a", FOR_EVER, later), Some(later + LONGEST));
        assert!(!tasks.expire(now + LONGEST));
        assert!(tasks.expire(later + LONGEST) && tasks.is_empty());
    }

    #[test]
    fn a_time_to_live_counts_from_the_creation() {
        let (mut tasks, now) = (OpenTasks::default(), Instant::now());
        let news = TaskNews::Working { ttl: Some(10 * MINUTE) };
        assert_eq!(tasks.hear("a", news, now), Some(now + 10 * MINUTE));
        assert_eq!(tasks.hear("a", news, now + 9 * MINUTE), Some(now + 10 * MINUTE));
        let long = TaskNews::Working { ttl: Some(LONGEST * 24) };
        assert_eq!(tasks.hear("b", long, now), Some(now + LONGEST));
        assert_eq!(tasks.next_end(), Some(now + 10 * MINUTE));
    }

    #[test]
    fn a_result_is_waited_for_a_minute_and_not_longer_than_its_task_lives() {
        let (mut tasks, now) = (OpenTasks::default(), Instant::now());
        tasks.hear("a", FOR_EVER, now);
        assert_eq!(tasks.hear("a", TaskNews::Ended, now), Some(now + FETCH));
        tasks.hear("b", TaskNews::Working { ttl: Some(MINUTE / 2) }, now);
        assert_eq!(tasks.hear("b", TaskNews::Ended, now), Some(now + MINUTE / 2));
        assert_eq!(tasks.hear("a", TaskNews::Over, now), None);
        assert_eq!(tasks.len(), 1);
        // One that this instance never made.
        assert_eq!(tasks.hear("c", TaskNews::Ended, now), None);
        assert_eq!(tasks.len(), 1);
    }

    #[test]
    fn a_server_that_makes_tasks_without_end_is_not_stayed_for() {
        let (mut tasks, now) = (OpenTasks::default(), Instant::now());
        for number in 0..=MOST {
            tasks.hear(&number.to_string(), FOR_EVER, now);
        }
        assert_eq!(tasks.len(), MOST);
    }
}
