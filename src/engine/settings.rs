//! What `configure()` was given, as far as the engine acts on it.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::mcp::config::check_servers;
use crate::model::{Error, ErrorCode, Result};

/// Settings given in code. Everything else of them is for the layer that gave them and only kept here, one copy for all threads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The one configuration file to read.
    pub(crate) config_path: Option<PathBuf>,
    /// Servers given in code.
    pub(crate) servers: Map<String, Value>,
    /// What a pool runs that names nothing.
    pub(crate) default_server: Option<String>,
    /// Where ledgers are kept.
    pub(crate) state_dir: Option<PathBuf>,
    /// Where actions on processes are recorded.
    pub(crate) audit_log: Option<PathBuf>,
    /// What stands before each message of that log.
    pub(crate) log_prefix: Option<String>,
    json: String,
}

impl Settings {
    /// Reads the JSON object that `lib/api/lifecycle.js` wrote.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` when it is no object, and for a server that is wrong.
    pub(crate) fn from_json(json: String) -> Result<Self> {
        let Ok(Value::Object(mut fields)) = serde_json::from_str(&json) else {
            return Err(Error::new(ErrorCode::InvalidArgument, "configure() takes an object of plain data"));
        };
        let path = |value: Option<Value>| value.and_then(|value| value.as_str().map(PathBuf::from));
        let servers = match fields.remove("servers") {
            Some(Value::Object(servers)) => servers,
            _ => Map::new(),
        };
        check_servers(&servers)?;
        Ok(Self {
            default_server: fields.remove("defaultServer").and_then(|name| name.as_str().map(str::to_owned)),
            config_path: path(fields.remove("configPath")),
            servers,
            state_dir: path(fields.remove("stateDir")),
            audit_log: path(fields.remove("auditLog")),
            log_prefix: fields.remove("logPrefix").and_then(|prefix| prefix.as_str().map(str::to_owned)),
            json,
        })
    }

    /// What was given, for another thread's defaults.
    pub(crate) fn json(&self) -> &str {
        if self.json.is_empty() { "{}" } else { &self.json }
    }
}
