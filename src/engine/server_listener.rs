//! What a server says and asks, on its way to those who hold leases on it.

use std::sync::{Arc, Weak};

use serde_json::value::RawValue;

use super::pool_hands::ServerPool;
use super::shared::Shared;
use crate::mcp::list_kind::ListKind;
use crate::mcp::notices::SessionSink;
use crate::mcp::reply::ServerQuestion;
use crate::mcp::session::Audience;
use crate::mcp::tasks;
use crate::pool::PoolState;

/// Hears one instance.
pub(super) struct ServerListener {
    pub(super) shared: Weak<Shared>,
    pub(super) pool: Weak<ServerPool>,
    pub(super) instance: u64,
}

#[derive(serde::Serialize)]
struct Said<'a> {
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a RawValue>,
}

impl SessionSink for ServerListener {
    fn notification(&self, to: &Audience, method: &str, params: &[u8]) {
        let Some((shared, pool)) = self.pool() else { return };
        if let Some((task, news)) = tasks::told(method, params) {
            pool.hear_task(self.instance, &task, news);
        }
        let mut leases = match changes_shared_list(&pool, method) {
            true => pool.look(PoolState::leases),
            false => pool.look(|state| state.leases_on(self.instance)),
        };
        leases.retain(|lease| to.includes(*lease));
        if !leases.is_empty() {
            shared.leases.spread(&leases, &said(method, params));
        }
    }

    /// An instance whose server may ask has one holder.
    fn question(&self, question: ServerQuestion) {
        let Some((shared, leases)) = self.leases() else { return };
        for lease in leases {
            shared.leases.ask(lease, question.number, said(&question.method, &question.params));
        }
    }

    fn question_withdrawn(&self, number: u64) {
        let Some((shared, leases)) = self.leases() else { return };
        for lease in leases {
            shared.leases.withdraw(lease, number);
        }
    }
}

impl ServerListener {
    pub(super) fn new(shared: &Arc<Shared>, pool: &Arc<ServerPool>, instance: u64) -> Arc<Self> {
        Arc::new(Self { shared: Arc::downgrade(shared), pool: Arc::downgrade(pool), instance })
    }

    fn leases(&self) -> Option<(Arc<Shared>, Vec<u64>)> {
        let (shared, pool) = self.pool()?;
        Some((shared, pool.look(|state| state.leases_on(self.instance))))
    }

    fn pool(&self) -> Option<(Arc<Shared>, Arc<ServerPool>)> {
        Some((self.shared.upgrade()?, self.pool.upgrade()?))
    }
}

/// What one instance says of a list that is read once for all, it says of the list of all.
fn changes_shared_list(pool: &ServerPool, method: &str) -> bool {
    !ListKind::changed_by(method).is_empty() && pool.look(|state| state.settings().shared_memory_cache)
}

fn said(method: &str, params: &[u8]) -> String {
    let said = Said { method, params: serde_json::from_slice(params).ok() };
    serde_json::to_string(&said).unwrap_or_default()
}
