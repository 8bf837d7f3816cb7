//! Where a server was configured, for people.

use std::fmt;
use std::path::PathBuf;

/// Where an entry was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A configuration file.
    File(PathBuf),
    /// The settings of an editor or another client.
    Import {
        /// As `imports` names it.
        editor: &'static str,
        /// Its file.
        path: PathBuf,
    },
    /// `configure({ servers })`.
    Code,
}

/// The path, or `code`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Import { path, .. } => path.display().fmt(f),
            Self::Code => f.write_str("code"),
        }
    }
}
