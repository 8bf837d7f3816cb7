//! What somebody asked to run.

use serde::{Deserialize, Serialize};

/// One end of a unit's standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StdioMode {
    /// A pipe whose other end the host holds.
    Pipe,
    /// The host's own descriptor.
    Inherit,
    /// `/dev/null`.
    Ignore,
}

/// What becomes of processes that outlive the first one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leftovers {
    /// SIGTERM, grace, SIGKILL.
    #[default]
    Stop,
    /// The unit lives until its last process ends.
    Wait,
}

/// A command with everything that its process inherits except descriptors. Bytes, because paths and environments need not be UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpawnSpec {
    /// A path, or a name looked up in the `PATH` of `env`.
    pub command: Vec<u8>,
    /// Arguments after the command's own name.
    pub args: Vec<Vec<u8>>,
    /// `KEY=value` entries: the whole environment.
    pub env: Vec<Vec<u8>>,
    /// Absolute working directory.
    pub cwd: Vec<u8>,
}

impl SpawnSpec {
    /// The command line that its process begins with, lossy where it is not UTF-8.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let parts = std::iter::once(&self.command).chain(&self.args);
        parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }
}
