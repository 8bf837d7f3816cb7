//! What the layer above tells a pool of its instances.

use std::sync::Arc;
use std::time::Instant;

use super::Pool;
use crate::mcp::tasks::TaskNews;
use crate::model::Error;
use crate::pool::hands::{Hands, Serves};
use crate::pool::instance_state::Cause;

impl<H: Hands> Pool<H> {
    /// A start succeeded.
    pub(crate) fn started(self: &Arc<Self>, number: u64, instance: Arc<H::Instance>) {
        self.act(|inner, now| {
            inner.instances.insert(number, instance);
            inner.state.started(number, now);
        });
    }

    /// A start failed, or was given up.
    pub(crate) fn start_failed(self: &Arc<Self>, number: u64, error: &Error) {
        self.act(|inner, now| inner.state.start_failed(number, error, now));
    }

    /// An instance is no use any more. False: it was not in use.
    pub(crate) fn lost(self: &Arc<Self>, number: u64, cause: Cause, error: Option<&Error>) -> bool {
        self.act(|inner, now| {
            let answered = inner.instances.get(&number).is_some_and(|instance| instance.has_answered());
            inner.state.lost(number, cause, error, answered, now)
        })
    }

    /// Nothing of an instance is left.
    pub(crate) fn stopped(self: &Arc<Self>, number: u64) {
        self.act(|inner, now| inner.state.stopped(number, now));
    }

    /// Replaces an instance: successor first. False: not now.
    pub(crate) fn replace(self: &Arc<Self>, number: u64, cause: Cause) -> bool {
        self.act(|inner, now| inner.state.replace(number, cause, now))
    }

    /// Tells what an instance's tree uses.
    pub(crate) fn measured(self: &Arc<Self>, number: u64, bytes: u64) {
        self.inner.lock().state.measured(number, bytes);
    }

    /// Something was heard of a task that an instance runs.
    pub(crate) fn hear_task(self: &Arc<Self>, number: u64, task: &str, news: TaskNews) {
        self.act(|inner, now| inner.state.hear_task(number, task, news, now));
    }

    /// Spares an instance new work, or ends that.
    pub(crate) fn set_healthy(self: &Arc<Self>, number: u64, healthy: bool) {
        self.act(|inner, now| inner.state.set_healthy(number, healthy, now));
    }

    /// Spares an instance that is far above its memory limit, or ends that.
    pub(crate) fn set_strained(self: &Arc<Self>, number: u64, strained: bool) {
        self.act(|inner, now| inner.state.set_strained(number, strained, now));
    }

    /// Takes an instance that used too much since then out of service. False: it does not serve.
    pub(crate) fn expel(self: &Arc<Self>, number: u64, cause: Cause, since: Instant) -> bool {
        self.act(|inner, now| inner.state.expel(number, cause, since, now))
    }

    /// Replaces an instance that uses too much since then. False: not now.
    pub(crate) fn outgrown(self: &Arc<Self>, number: u64, cause: Cause, since: Instant) -> bool {
        self.act(|inner, now| inner.state.outgrown(number, cause, since, now))
    }
}
