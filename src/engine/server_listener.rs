//! What a server says unasked, on its way to those who hold leases on it.

use std::sync::{Arc, Weak};

use serde_json::value::RawValue;

use super::pool_hands::ServerPool;
use super::shared::Shared;
use crate::mcp::reply::Listener;

/// Hears one instance.
pub(super) struct ServerListener {
    pub(super) shared: Weak<Shared>,
    pub(super) pool: Weak<ServerPool>,
    pub(super) instance: u64,
}

#[derive(serde::Serialize)]
struct Notification<'a> {
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a RawValue>,
}

impl Listener for ServerListener {
    fn notification(&self, method: &str, params: &[u8]) {
        let (Some(shared), Some(pool)) = (self.shared.upgrade(), self.pool.upgrade()) else { return };
        let leases = pool.look(|state| state.leases_on(self.instance));
        if leases.is_empty() {
            return;
        }
        let notification = Notification { method, params: serde_json::from_slice(params).ok() };
        if let Ok(json) = serde_json::to_string(&notification) {
            shared.leases.spread(&leases, &json);
        }
    }
}

impl ServerListener {
    pub(super) fn new(shared: &Arc<Shared>, pool: &Arc<ServerPool>, instance: u64) -> Arc<Self> {
        Arc::new(Self { shared: Arc::downgrade(shared), pool: Arc::downgrade(pool), instance })
    }
}
