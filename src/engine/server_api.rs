//! Configured servers for the binding: which there are, how each is reached. Looks only: from where servers start is for those to say who
//! want one.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Engine, HostContext};
use crate::mcp::config::{LoadedConfig, ServerEntry};
use crate::model::Result;

/// A configured server, for lists.
#[derive(Debug, Clone)]
pub struct ServerSummary {
    /// Its name in calls.
    pub name: String,
    /// `stdio` or `http`.
    pub transport: &'static str,
    /// The file that configures it, or `code`.
    pub source: String,
    /// A warm instance of it runs.
    pub running: bool,
}

impl Engine {
    /// The configuration as seen from `host`.
    ///
    /// # Errors
    /// `ERR_CONFIG` when the file named in code or by `MCPORTER_CONFIG` cannot be used.
    pub fn configuration(&self, host: &HostContext) -> Result<Arc<LoadedConfig>> {
        self.shared.config.load_from(host)
    }

    /// One server as whoever connects to it needs it, secrets included.
    ///
    /// # Errors
    /// `ERR_SERVER_UNKNOWN`; `ERR_CONFIG` for a faulty entry, and for a header whose variable is not set.
    pub fn server_definition(&self, host: &HostContext, name: &str) -> Result<serde_json::Value> {
        self.shared.config.load_for(name, host)?.find(name)?.definition(&host.env())
    }

    /// The settings of these names that the configuration files have, as seen from `host`. Files that cannot be read have none: who needs
    /// a server of them is told.
    ///
    /// # Errors
    /// `ERR_CONFIG` with the place of a value that breaks its rule.
    pub fn file_settings(&self, host: &HostContext, names: &[String]) -> Result<Map<String, Value>> {
        let Ok(config) = self.configuration(host) else { return Ok(Map::new()) };
        let mut found = Map::new();
        for name in names {
            if let Some(value) = config.settings.get(name)? {
                found.insert(name.clone(), value.clone());
            }
        }
        Ok(found)
    }

    /// The configured servers.
    ///
    /// # Errors
    /// As [`Engine::configuration`].
    pub fn servers(&self, host: &HostContext) -> Result<Vec<ServerSummary>> {
        let config = self.configuration(host)?;
        let running = self.shared.running();
        let summary = |(name, entry): (&String, &ServerEntry)| ServerSummary {
            name: name.clone(),
            transport: entry.transport.kind(),
            source: entry.source.to_string(),
            running: running.contains(name),
        };
        Ok(config.servers.iter().map(summary).collect())
    }
}
