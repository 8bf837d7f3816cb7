//! One variable that an entry sets, before its value is known.

use std::fmt;

use super::HostEnv;
use super::interpolate::{MissingVariables, env_value};

/// What becomes of one variable of a server's environment.
#[derive(Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// Text of a file, placeholders in it; resolved when the server starts. Empty after that: the entry has no say in the variable.
    Template(String),
    /// A value given in code, taken as it stands.
    Literal(String),
    /// The server must not see the variable.
    Remove,
}

/// The outcome for the server's environment.
pub(super) enum Resolved {
    Set(String),
    Keep,
    Remove,
}

impl EnvValue {
    pub(super) fn resolve(&self, env: &HostEnv) -> Result<Resolved, MissingVariables> {
        Ok(match self {
            Self::Template(raw) => match env_value(raw, env)? {
                empty if empty.is_empty() => Resolved::Keep,
                value => Resolved::Set(value),
            },
            Self::Literal(value) => Resolved::Set(value.clone()),
            Self::Remove => Resolved::Remove,
        })
    }
}

/// Values are where secrets live, so only the kind is shown.
impl fmt::Debug for EnvValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Template(_) => "Template(…)",
            Self::Literal(_) => "Literal(…)",
            Self::Remove => "Remove",
        })
    }
}
