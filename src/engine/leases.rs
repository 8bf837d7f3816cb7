//! Which environment holds which lease, and who waits for one. The pool knows the instance; this knows the holder.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::pool_hands::{PoolHands, ServerPool};
use super::pool_sink::PoolSink;
use crate::mcp::reply::RpcFault;
use crate::mcp::session::Session;
use crate::pool::WaitingPlace;

/// An open lease, or one that is being waited for.
struct Holder {
    pool: Arc<ServerPool>,
    environment: u64,
    sink: Arc<dyn PoolSink>,
    /// The process that served it last, where its subscriptions are.
    session: Option<Arc<Session>>,
}

/// All leases of the process.
#[derive(Default)]
pub(crate) struct Leases {
    holders: Mutex<HashMap<u64, Holder>>,
    waiting: Mutex<HashMap<(u64, u32), WaitingPlace<PoolHands>>>,
}

impl Leases {
    /// Enters a lease before the pool is asked, so that no notice of it is missed.
    pub(crate) fn enter(
        &self,
        lease: u64,
        pool: &Arc<ServerPool>,
        environment: u64,
        sink: &Arc<dyn PoolSink>,
    ) {
        let holder = Holder { pool: Arc::clone(pool), environment, sink: Arc::clone(sink), session: None };
        self.holders.lock().insert(lease, holder);
    }

    /// A lease is given back, or came to nothing.
    pub(crate) fn leave(&self, lease: u64) -> Option<Arc<ServerPool>> {
        let holder = self.holders.lock().remove(&lease)?;
        if let Some(session) = holder.session {
            session.holder_left(lease);
        }
        Some(holder.pool)
    }

    /// A call of a lease goes to this process. One that was served by another takes along what it had there.
    pub(crate) fn served_by(&self, lease: u64, session: &Arc<Session>) {
        let before = {
            let mut holders = self.holders.lock();
            let Some(holder) = holders.get_mut(&lease) else { return };
            if holder.session.as_ref().is_some_and(|known| Arc::ptr_eq(known, session)) {
                return;
            }
            holder.session.replace(Arc::clone(session))
        };
        if let Some(before) = before {
            session.adopt(lease, &before);
            before.holder_left(lease);
        }
    }

    /// Answers what the server of a lease asked. False: too late.
    pub(crate) fn answer(
        &self,
        lease: u64,
        question: u64,
        answer: std::result::Result<&[u8], RpcFault>,
    ) -> bool {
        let asker = self.pool_of(lease).and_then(|pool| {
            let (instance, _) = pool.look(|state| state.lease(lease))?;
            pool.instance(instance?)
        });
        asker.is_some_and(|instance| instance.connection.answer(question, answer))
    }

    /// Hands a question of the server to the holder.
    pub(crate) fn ask(&self, lease: u64, question: u64, json: String) {
        if let Some(sink) = self.sink_of(lease) {
            sink.question(lease, question, json);
        }
    }

    /// The server took it back.
    pub(crate) fn withdraw(&self, lease: u64, question: u64) {
        if let Some(sink) = self.sink_of(lease) {
            sink.question_withdrawn(lease, question);
        }
    }

    fn sink_of(&self, lease: u64) -> Option<Arc<dyn PoolSink>> {
        self.holders.lock().get(&lease).map(|holder| Arc::clone(&holder.sink))
    }

    pub(crate) fn pool_of(&self, lease: u64) -> Option<Arc<ServerPool>> {
        self.holders.lock().get(&lease).map(|holder| Arc::clone(&holder.pool))
    }

    /// Whether a lease is held by this environment.
    pub(crate) fn is_of(&self, lease: u64, environment: u64) -> bool {
        self.holders.lock().get(&lease).is_some_and(|holder| holder.environment == environment)
    }

    /// All leases of an environment.
    pub(crate) fn of(&self, environment: u64) -> Vec<u64> {
        let holders = self.holders.lock();
        holders
            .iter()
            .filter(|(_, holder)| holder.environment == environment)
            .map(|(lease, _)| *lease)
            .collect()
    }

    /// Hands a notice to the holder.
    pub(crate) fn tell(&self, lease: u64, json: &str) {
        if let Some(sink) = self.sink_of(lease) {
            sink.notice(lease, json.to_owned());
        }
    }

    /// Tells the holders of these leases what their server said; each environment once.
    pub(crate) fn spread(&self, leases: &[u64], json: &str) {
        let mut letters: HashMap<u64, (Arc<dyn PoolSink>, Vec<u64>)> = HashMap::new();
        let holders = self.holders.lock();
        for lease in leases {
            if let Some(holder) = holders.get(lease) {
                let letter = || (Arc::clone(&holder.sink), Vec::new());
                letters.entry(holder.environment).or_insert_with(letter).1.push(*lease);
            }
        }
        drop(holders);
        for (sink, leases) in letters.into_values() {
            sink.notification(leases, json.to_owned());
        }
    }

    /// Somebody waits.
    pub(crate) fn waits(&self, environment: u64, token: u32, place: WaitingPlace<PoolHands>) {
        self.waiting.lock().insert((environment, token), place);
    }

    /// The wait is over. False: it was given up before.
    pub(crate) fn waited(&self, environment: u64, token: u32) -> bool {
        self.waiting.lock().remove(&(environment, token)).is_some()
    }

    /// Gives up a wait. False: its end was told or is on its way.
    pub(crate) fn give_up(&self, environment: u64, token: u32) -> bool {
        let place = self.waiting.lock().remove(&(environment, token));
        place
            .inspect(|place| {
                place.give_up();
            })
            .is_some()
    }

    /// Gives up all waits of an environment.
    pub(crate) fn give_up_all(&self, environment: u64) {
        let tokens: Vec<u32> = {
            let waiting = self.waiting.lock();
            waiting.keys().filter(|(known, _)| *known == environment).map(|(_, token)| *token).collect()
        };
        for token in tokens {
            self.give_up(environment, token);
        }
    }
}
