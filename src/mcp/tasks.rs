//! Tasks live in one process: who asks for one must ask the instance that runs it. Pure.
//!
//! 2025-11-25 makes one of a request with `task` in its params and answers `{ "task": { "taskId" } }`; the extension of 2026-07-28 answers
//! with `resultType: "task"`. Both follow up with `tasks/*` and `taskId`.
//!
//! | heard of a task | news |
//! |---|---|
//! | `working`, `input_required`, an answered `tasks/update` | it works |
//! | `completed`, `failed`, without its result or error beside it (2025-11-25) | it ended, and waits to be fetched |
//! | the same with it, an answered `tasks/result`, `cancelled`, a refused `tasks/get` or `tasks/result` | it is over |
//! | an acknowledged `tasks/cancel` without a status (2026-07-28) | none: it ends when it likes |

use std::time::Duration;

use serde::Deserialize;

use super::reply::{Reply, ReplyKind};

/// What was heard of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskNews {
    /// It is not over.
    Working {
        /// How long it lives after its creation; `None`: nobody said, or for ever.
        ttl: Option<Duration>,
    },
    /// It is over, and its result was not told.
    Ended,
    /// It is over and told, or nobody knows it.
    Over,
}

/// A task as servers describe it, in either protocol.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    task_id: String,
    status: Option<String>,
    ttl: Option<f64>,
    ttl_ms: Option<f64>,
    result: Option<serde::de::IgnoredAny>,
    error: Option<serde::de::IgnoredAny>,
}

impl Task {
    fn news(&self) -> Option<TaskNews> {
        let is_told = self.result.is_some() || self.error.is_some();
        match self.status.as_deref()? {
            "working" | "input_required" => Some(TaskNews::Working { ttl: self.ttl() }),
            "completed" | "failed" if !is_told => Some(TaskNews::Ended),
            "completed" | "failed" | "cancelled" => Some(TaskNews::Over),
            _ => None,
        }
    }

    /// A server may say anything.
    fn ttl(&self) -> Option<Duration> {
        self.ttl.or(self.ttl_ms).and_then(|ms| Duration::try_from_secs_f64(ms / 1e3).ok())
    }
}

/// The task of an answer and what that says of it, if it is one.
#[must_use]
pub fn created(reply: &Reply) -> Option<(String, TaskNews)> {
    #[derive(Deserialize)]
    struct Created {
        task: Task,
    }
    let named = || serde_json::from_slice::<Created>(reply.result()).ok().map(|created| created.task);
    let flat = || serde_json::from_slice::<Task>(reply.result()).ok();
    let task = named().or_else(|| (reply.kind() == ReplyKind::Task).then(flat).flatten())?;
    let news = task.news().unwrap_or(TaskNews::Working { ttl: task.ttl() });
    Some((task.task_id, news))
}

/// What the answer of a request about a task says of it; `None`: nothing. `Err`: it was refused.
#[must_use]
pub fn news(method: &str, answer: Result<&Reply, ()>) -> Option<TaskNews> {
    match (method, answer) {
        ("tasks/result", _) | ("tasks/get", Err(())) => Some(TaskNews::Over),
        ("tasks/update", Ok(_)) => Some(TaskNews::Working { ttl: None }),
        ("tasks/get" | "tasks/cancel", Ok(reply)) => {
            serde_json::from_slice::<Task>(reply.result()).ok()?.news()
        }
        _ => None,
    }
}

/// The task that a server tells of unasked, and what it tells.
#[must_use]
pub fn told(method: &str, params: &[u8]) -> Option<(String, TaskNews)> {
    if !matches!(method, "notifications/tasks/status" | "notifications/tasks") {
        return None;
    }
    let task: Task = serde_json::from_slice(params).ok()?;
    let news = task.news()?;
    // What is told unasked may be missed: who waits for the result asks for it.
    let news = if news == TaskNews::Over && task.status.as_deref() != Some("cancelled") {
        TaskNews::Ended
    } else {
        news
    };
    Some((task.task_id, news))
}

/// Whether the answer of a request may be a task: worth a look at its result.
#[must_use]
pub fn may_create(params: &[u8], reply: &Reply) -> bool {
    #[derive(Deserialize)]
    struct Params {
        task: Option<serde::de::IgnoredAny>,
    }
    let named = || memchr::memmem::find(params, b"\"task\"").is_some();
    let asked = || serde_json::from_slice::<Params>(params).is_ok_and(|params| params.task.is_some());
    reply.kind() == ReplyKind::Task || (named() && asked())
}

/// The task that a request is about.
#[must_use]
pub fn followed(method: &str, params: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params {
        task_id: String,
    }
    if !method.starts_with("tasks/") {
        return None;
    }
    serde_json::from_slice::<Params>(params).ok().map(|params| params.task_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::task_pins::TaskPins;

    fn reply(json: &str) -> Reply {
        Reply::copied(json.as_bytes())
    }

    #[test]
    fn a_task_is_followed_up_where_it_runs() {
        let mut pins = TaskPins::default();
        let old = reply(r#"{"task":{"taskId":"t1","status":"working"}}"#);
        assert!(may_create(br#"{"name":"x","task":{"ttl":1}}"#, &old));
        pins.learn(created(&old).unwrap().0, 'a');
        let new = reply(r#"{"resultType":"task","taskId":"t2"}"#).typed().unwrap();
        assert!(may_create(b"{}", &new));
        pins.learn(created(&new).unwrap().0, 'b');
        let followed = |method, params| followed(method, params).unwrap();
        assert_eq!(pins.owners(&followed("tasks/get", br#"{"taskId":"t1"}"#)), ['a']);
        assert_eq!(pins.owners(&followed("tasks/cancel", br#"{"taskId":"t2"}"#)), ['b']);
        assert_eq!(super::followed("tools/call", br#"{"taskId":"t2"}"#), None);
        assert_eq!(pins.newest(), Some(&'b'));
    }

    #[test]
    fn a_task_works_until_its_result_was_told() {
        let working = |ttl| Some(TaskNews::Working { ttl });
        let heard = |method, json: &str| news(method, Ok(&reply(json)));
        let minute = Some(Duration::from_secs(60));
        let made = created(&reply(r#"{"task":{"taskId":"t","status":"working","ttl":60000}}"#)).unwrap();
        assert_eq!(made, ("t".to_owned(), TaskNews::Working { ttl: minute }));
        assert_eq!(
            heard("tasks/get", r#"{"taskId":"t","status":"input_required","ttlMs":60000}"#),
            working(minute)
        );
        assert_eq!(heard("tasks/get", r#"{"taskId":"t","status":"working","ttl":null}"#), working(None));
        assert_eq!(heard("tasks/get", r#"{"taskId":"t","status":"working","ttl":-5}"#), working(None));
        assert_eq!(heard("tasks/update", "{}"), working(None));
        assert_eq!(heard("tasks/get", r#"{"taskId":"t","status":"completed"}"#), Some(TaskNews::Ended));
        let whole = r#"{"taskId":"t","status":"completed","result":{"content":[]}}"#;
        assert_eq!(heard("tasks/get", whole), Some(TaskNews::Over));
        assert_eq!(heard("tasks/result", r#"{"content":[]}"#), Some(TaskNews::Over));
        assert_eq!(news("tasks/get", Err(())), Some(TaskNews::Over));
        assert_eq!(heard("tasks/cancel", r#"{"taskId":"t","status":"cancelled"}"#), Some(TaskNews::Over));
        assert_eq!(heard("tasks/cancel", "{}"), None);
        assert_eq!(news("tasks/update", Err(())), None);
    }

    #[test]
    fn what_a_server_tells_unasked_is_no_delivery() {
        let completed = br#"{"taskId":"t","status":"completed","result":{}}"#;
        assert_eq!(told("notifications/tasks", completed), Some(("t".to_owned(), TaskNews::Ended)));
        let cancelled = br#"{"taskId":"t","status":"cancelled"}"#;
        assert_eq!(told("notifications/tasks/status", cancelled), Some(("t".to_owned(), TaskNews::Over)));
        assert_eq!(told("notifications/message", completed), None);
    }

    #[test]
    fn a_result_that_only_looks_like_a_task_is_none() {
        let tool = reply(r#"{"taskId":"mine","content":[]}"#);
        assert!(!may_create(br#"{"name":"x"}"#, &tool));
        assert_eq!(created(&tool), None);
    }
}
