//! How a configured server is reached.

use std::path::PathBuf;

use super::EnvValue;

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// A child process that speaks over its standard streams.
    Stdio {
        /// A path, or a name to be looked up in `PATH`.
        command: String,
        /// Arguments after the command's own name.
        args: Vec<String>,
        /// Absolute working directory.
        cwd: PathBuf,
        /// What the entry itself sets, in the order written.
        env: Vec<(String, EnvValue)>,
        /// Whether the host's variables are passed on.
        inherit_env: bool,
    },
    /// A remote server.
    Http {
        /// `http:` or `https:`.
        url: String,
        /// Placeholders not yet filled in; a bearer token is among them as `Authorization`.
        headers: Vec<(String, String)>,
        /// What the entry itself sets, for the placeholders of its headers where the host has nothing.
        env: Vec<(String, EnvValue)>,
    },
}

impl Transport {
    /// `stdio` or `http`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stdio { .. } => "stdio",
            Self::Http { .. } => "http",
        }
    }
}
