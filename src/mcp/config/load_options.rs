//! What decides which files are read, and what they mean.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::HostEnv;

/// What decides a load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoadOptions {
    /// The one file to read, `~` allowed, relative to `root_dir`.
    pub config_path: Option<PathBuf>,
    /// The project: absolute.
    pub root_dir: PathBuf,
    /// The user's home folder: absolute.
    pub home: Option<PathBuf>,
    /// What placeholders, `MCPORTER_CONFIG` and `XDG_CONFIG_HOME` read.
    pub env: HostEnv,
    /// Servers given in code: `{ name: ServerConfig }`, where `null` in `env` stands for undefined.
    pub servers: Map<String, Value>,
}
