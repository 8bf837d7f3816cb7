//! Tasks live in one process: who asks for one must ask the instance that runs it. Pure.
//!
//! 2025-11-25 makes one of a request with `task` in its params and answers `{ "task": { "taskId" } }`; the extension of 2026-07-28 answers
//! with `resultType: "task"`. Both follow up with `tasks/*` and `taskId`.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;

use super::reply::{Reply, ReplyKind};

/// Tasks are forgotten by their servers after a time that only they know; here the oldest give way.
const MOST: usize = 10_000;

/// The task of an answer, if it is one.
#[must_use]
pub fn created(reply: &Reply) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Created {
        task: Option<Task>,
        task_id: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Task {
        task_id: String,
    }
    let created: Created = serde_json::from_slice(reply.result()).ok()?;
    let flat = created.task_id.filter(|_| reply.kind() == ReplyKind::Task);
    created.task.map(|task| task.task_id).or(flat)
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

/// Task → the instances that made one of this name: most servers name them as nobody else does, some count from one.
#[derive(Debug)]
pub struct TaskPins<I> {
    pins: HashMap<String, Vec<I>>,
    order: VecDeque<String>,
}

impl<I> Default for TaskPins<I> {
    fn default() -> Self {
        Self { pins: HashMap::new(), order: VecDeque::new() }
    }
}

impl<I: PartialEq> TaskPins<I> {
    /// An instance answered with a task.
    pub fn learn(&mut self, task: String, instance: I) {
        let owners = self.pins.entry(task.clone()).or_default();
        if !owners.is_empty() {
            owners.retain(|other| *other != instance);
            self.order.retain(|other| *other != task);
        }
        owners.push(instance);
        self.order.push_back(task);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.pins.remove(&oldest);
        }
    }

    /// Who made a task of this name, the newest last.
    #[must_use]
    pub fn owners(&self, task: &str) -> &[I] {
        self.pins.get(task).map_or(&[], Vec::as_slice)
    }

    /// Who made the newest task of all.
    #[must_use]
    pub fn newest(&self) -> Option<&I> {
        self.owners(self.order.back()?).last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(json: &str) -> Reply {
        Reply::copied(json.as_bytes())
    }

    #[test]
    fn a_task_is_followed_up_where_it_runs() {
        let mut pins = TaskPins::default();
        let old = reply(r#"{"task":{"taskId":"t1","status":"working"}}"#);
        assert!(may_create(br#"{"name":"x","task":{"ttl":1}}"#, &old));
        pins.learn(created(&old).unwrap(), 'a');
        let new = reply(r#"{"resultType":"task","taskId":"t2"}"#).typed().unwrap();
        assert!(may_create(b"{}", &new));
        pins.learn(created(&new).unwrap(), 'b');
        let followed = |method, params| followed(method, params).unwrap();
        assert_eq!(pins.owners(&followed("tasks/get", br#"{"taskId":"t1"}"#)), ['a']);
        assert_eq!(pins.owners(&followed("tasks/cancel", br#"{"taskId":"t2"}"#)), ['b']);
        assert_eq!(super::followed("tools/call", br#"{"taskId":"t2"}"#), None);
        assert_eq!(pins.newest(), Some(&'b'));
    }

    #[test]
    fn servers_that_count_their_tasks_have_some_of_the_same_name() {
        let mut pins = TaskPins::default();
        for owner in ['a', 'b', 'a'] {
            pins.learn("1".to_owned(), owner);
        }
        assert_eq!(pins.owners("1"), ['b', 'a']);
        assert_eq!(pins.owners("2"), []);
    }

    #[test]
    fn a_result_that_only_looks_like_a_task_is_none() {
        let tool = reply(r#"{"taskId":"mine","content":[]}"#);
        assert!(!may_create(br#"{"name":"x"}"#, &tool));
        assert_eq!(created(&tool), None);
    }

    #[test]
    fn the_oldest_give_way() {
        let mut pins = TaskPins::default();
        for number in 0..=MOST {
            pins.learn(number.to_string(), 1);
        }
        assert_eq!((pins.owners("0"), pins.owners("1")), (&[][..], &[1][..]));
    }
}
