//! What the engine does for a pool: starts and stops on its thread, and letters to those who hold or listen.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use super::host_context::HostContext;
use super::instance::Instance;
use super::pool_events;
use super::pool_sink::PoolSink;
use super::pool_source::PoolSource;
use super::pool_terms::PoolTerms;
use super::shared::Shared;
use crate::mcp::config::ServerEntry;
use crate::mcp::shared_cache::SharedCache;
use crate::mcp::task_pins::TaskPins;
use crate::model::Error;
use crate::model::PoolSettings;
use crate::pool::{Hands, Notice, Pool, PoolEvent, Serves};

/// A pool of MCP servers.
pub(crate) type ServerPool = Pool<PoolHands>;

/// What belongs to a pool beside its state.
pub(crate) struct PoolHands {
    shared: Weak<Shared>,
    /// What its instances run.
    pub(crate) source: PoolSource,
    /// Where its settings come from.
    pub(crate) terms: Mutex<PoolTerms>,
    /// The environment that it ends with; `None`: the process.
    pub(crate) owner: Option<u64>,
    host: Mutex<Option<Arc<HostContext>>>,
    listeners: Mutex<Vec<(u64, Arc<dyn PoolSink>)>>,
    cache: OnceLock<Arc<SharedCache>>,
    ran: Mutex<Option<ServerEntry>>,
    /// Which of its instances runs which task.
    pub(crate) tasks: Mutex<TaskPins<u64>>,
}

impl PoolHands {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        source: PoolSource,
        terms: PoolTerms,
        owner: Option<u64>,
    ) -> Self {
        Self {
            shared: Arc::downgrade(shared),
            source,
            terms: Mutex::new(terms),
            ran: Mutex::default(),
            owner,
            host: Mutex::default(),
            listeners: Mutex::default(),
            cache: OnceLock::new(),
            tasks: Mutex::default(),
        }
    }

    /// Remembers from where its instances start. Those of the process start from where anybody of it was seen last.
    pub(crate) fn seen_from(&self, host: Arc<HostContext>) {
        if self.owner.is_some() {
            *self.host.lock() = Some(host);
        }
    }

    /// What its instances say alike.
    pub(crate) fn cache(&self, settings: &PoolSettings) -> Arc<SharedCache> {
        let make = || {
            Arc::new(if settings.shared_memory_cache {
                SharedCache::default()
            } else {
                SharedCache::disabled()
            })
        };
        Arc::clone(self.cache.get_or_init(make))
    }

    /// An instance starts. What was learnt of another entry is forgotten. The answer is the generation that it belongs to.
    pub(crate) fn starts(&self, entry: &ServerEntry, settings: &PoolSettings) -> u64 {
        let before = self.ran.lock().replace(entry.clone());
        if before.is_some_and(|before| before != *entry) {
            self.forget();
        }
        self.cache(settings).generation()
    }

    /// What its instances said so far is nothing to those that start from now on.
    pub(crate) fn forget(&self) {
        if let Some(cache) = self.cache.get() {
            cache.forget();
        }
    }

    /// From where its instances start, if anybody said so.
    pub(crate) fn host(&self) -> Option<Arc<HostContext>> {
        self.host.lock().clone()
    }

    /// An environment listens from now on, or stops to. One listener each.
    pub(crate) fn listen(&self, environment: u64, sink: Option<Arc<dyn PoolSink>>) {
        let mut listeners = self.listeners.lock();
        listeners.retain(|(known, _)| *known != environment);
        listeners.extend(sink.map(|sink| (environment, sink)));
    }

    fn on_engine(&self, job: impl FnOnce(&std::rc::Rc<super::world::World>) + Send + 'static) {
        if let Some(shared) = self.shared.upgrade() {
            shared.on_engine(job);
        }
    }
}

impl Serves for Instance {
    fn is_dead(&self) -> bool {
        self.connection.is_closed()
    }

    fn failure(&self) -> Option<Error> {
        self.connection.failure()
    }

    fn has_answered(&self) -> bool {
        self.connection.answers() > self.answers_when_ready
    }
}

impl Hands for PoolHands {
    type Instance = Instance;

    fn start(&self, pool: &Arc<ServerPool>, instance: u64, handlers: u8) {
        let pool = Arc::clone(pool);
        self.on_engine(move |world| world.start_instance(pool, instance, handlers));
    }

    fn stop(&self, pool: &Arc<ServerPool>, instance: u64, grace: Option<Duration>) {
        let pool = Arc::clone(pool);
        self.on_engine(move |world| world.stop_instance(pool, instance, grace));
    }

    fn moved(&self, pool: &Arc<ServerPool>, lease: u64, instance: u64) {
        // It may have moved on meanwhile.
        let place = pool.look(|state| state.lease(lease).and_then(|(place, _)| place));
        if let (Some(shared), Some(new)) = (self.shared.upgrade(), pool.instance(instance))
            && place == Some(instance)
        {
            shared.leases.served_by(lease, &new.session);
        }
    }

    fn notice(&self, pool: &Arc<ServerPool>, notice: Notice) {
        if let Some(shared) = self.shared.upgrade() {
            shared.leases.tell(notice.lease, &pool_events::notice_json(&pool.name, &notice));
        }
    }

    fn event(&self, pool: &Arc<ServerPool>, event: PoolEvent) {
        let mut listeners = self.listeners.lock().clone();
        if let Some(shared) = self.shared.upgrade().filter(|_| event.is_rare()) {
            shared.observers.join(&mut listeners, self.owner);
        }
        if listeners.is_empty() {
            return;
        }
        let pid = match event {
            PoolEvent::Created { instance } => pool.instance(instance).map(|instance| instance.pid),
            _ => None,
        };
        let json = pool_events::event_json(&pool.name, &event, pid);
        for (_, listener) in listeners {
            listener.event(pool.number, json.clone());
        }
    }
}
