//! Connections with requests that wait for a flush.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::mcp::connection::Connection;

/// Whoever holds a request promises a flush soon; several requests of one moment then share a system call.
#[derive(Default)]
pub(crate) struct Held {
    connections: Mutex<Vec<Arc<Connection>>>,
}

impl Held {
    pub(crate) fn add(&self, connection: &Arc<Connection>) {
        let mut connections = self.connections.lock();
        if !connections.iter().any(|known| Arc::ptr_eq(known, connection)) {
            connections.push(Arc::clone(connection));
        }
    }

    pub(crate) fn flush(&self) {
        let connections = std::mem::take(&mut *self.connections.lock());
        for connection in connections {
            connection.flush();
        }
    }
}
