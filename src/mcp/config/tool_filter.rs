//! Which tools of a server may be seen and called.

use serde::Serialize;

/// `allowedTools` or `blockedTools` of an entry: exact names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolFilter {
    /// Neither was given.
    #[default]
    All,
    /// Only these.
    Allowed(Vec<String>),
    /// All but these.
    Blocked(Vec<String>),
}

impl ToolFilter {
    /// Whether a tool of this name may be seen and called.
    #[must_use]
    pub fn permits(&self, tool: &str) -> bool {
        match self {
            Self::All => true,
            Self::Allowed(names) => names.iter().any(|name| name == tool),
            Self::Blocked(names) => !names.iter().any(|name| name == tool),
        }
    }
}
