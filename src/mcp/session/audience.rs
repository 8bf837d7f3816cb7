//! Who is to hear a notification. Pure.

use super::Holder;

/// A part of a server's holders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Whoever holds the server.
    All,
    /// These only.
    Only(Vec<Holder>),
    /// All but these.
    Except(Vec<Holder>),
}

impl Audience {
    /// Whether `holder` is one of them.
    #[must_use]
    pub fn includes(&self, holder: Holder) -> bool {
        match self {
            Self::All => true,
            Self::Only(some) => some.contains(&holder),
            Self::Except(some) => !some.contains(&holder),
        }
    }
}
