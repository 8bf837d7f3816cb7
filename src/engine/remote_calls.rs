//! Calls that another part of the process carries: listed beside the engine's own, so that one list tells all that holds a slot.
//!
//! Owns names and times only. Nothing here ends such a call; whoever carries it says when it is over.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use super::settled::ActiveCall;

/// The open calls of HTTP servers, by number.
#[derive(Default)]
pub(crate) struct RemoteCalls {
    open: Mutex<BTreeMap<u64, RemoteCall>>,
}

struct RemoteCall {
    owner: u64,
    server: String,
    tool: String,
    started: Instant,
    started_epoch_ms: f64,
}

impl RemoteCalls {
    /// Enters a call of the environment `owner` under a number that no other call has.
    pub(crate) fn enter(&self, number: u64, owner: u64, server: String, tool: String) {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let started_epoch_ms = epoch.as_secs_f64() * 1e3;
        let call = RemoteCall { owner, server, tool, started: Instant::now(), started_epoch_ms };
        self.open.lock().insert(number, call);
    }

    /// It is over.
    pub(crate) fn leave(&self, number: u64) {
        self.open.lock().remove(&number);
    }

    /// An environment ended, and its calls with it.
    pub(crate) fn owner_left(&self, owner: u64) {
        self.open.lock().retain(|_, call| call.owner != owner);
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> Vec<ActiveCall> {
        self.open.lock().iter().map(|(&number, call)| call.describe(number)).collect()
    }
}

impl RemoteCall {
    fn describe(&self, number: u64) -> ActiveCall {
        ActiveCall {
            number,
            pid: None,
            server: self.server.clone(),
            tool: self.tool.clone(),
            start_time: self.started_epoch_ms,
            duration: self.started.elapsed().as_secs_f64() * 1e3,
            transport: "http",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_listed_until_it_is_over_or_its_thread_is() {
        let calls = RemoteCalls::default();
        for (number, owner) in [(1, 7), (2, 7), (3, 8)] {
            calls.enter(number, owner, "s".to_owned(), format!("tool-{number}"));
        }
        calls.leave(2);
        let listed = |calls: &RemoteCalls| calls.all().into_iter().map(|call| call.tool).collect::<Vec<_>>();
        assert_eq!(listed(&calls), ["tool-1", "tool-3"]);
        assert_eq!(calls.all()[0].transport, "http");
        calls.owner_left(7);
        assert_eq!(listed(&calls), ["tool-3"]);
    }
}
