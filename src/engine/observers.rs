//! Environments that hear of all pools, for their logs.

use std::sync::Arc;

use parking_lot::Mutex;

use super::pool_sink::PoolSink;

/// An environment, and where it hears.
type Listener = (u64, Arc<dyn PoolSink>);

/// Environment → sink.
#[derive(Default)]
pub(crate) struct Observers {
    open: Mutex<Vec<Listener>>,
}

impl Observers {
    /// An environment observes from now on; `None`: not any more.
    pub(crate) fn set(&self, environment: u64, sink: Option<Arc<dyn PoolSink>>) {
        let mut open = self.open.lock();
        open.retain(|(known, _)| *known != environment);
        open.extend(sink.map(|sink| (environment, sink)));
    }

    /// Adds those who hear of a pool and are not among its own listeners: of one that belongs to an environment, that environment only.
    pub(crate) fn join(&self, listeners: &mut Vec<Listener>, owner: Option<u64>) {
        let open = self.open.lock();
        let concerned = |(environment, _): &&Listener| owner.is_none_or(|owner| owner == *environment);
        for (environment, sink) in open.iter().filter(concerned) {
            if listeners.iter().all(|(known, _)| known != environment) {
                listeners.push((*environment, Arc::clone(sink)));
            }
        }
    }
}
