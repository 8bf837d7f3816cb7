//! Which of the two protocols a server speaks, and how that is found out. Pure.
//!
//! **Legacy** (up to 2025-11-25): `initialize`, then a session that is the process. **Modern** (2026-07-28): no session; every request says
//! what it needs. A legacy server may exit on a request before `initialize`, so asking costs a process; a modern server may refuse
//! `initialize`. Hence the plans:
//!
//! | plan | first request | its failure |
//! |---|---|---|
//! | `LegacyFirst` | `initialize` | refused politely: `server/discover` on the same connection; else an error |
//! | `ModernFirst` | `server/discover` | answered or silent: `initialize` on the same connection; exited: start again, once, as `LegacyFirst` |
//! | `ModernOnly` | `server/discover` | an error |

use serde::{Deserialize, Serialize};

use crate::model::Protocol;

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `initialize`.
    Legacy,
    /// `server/discover`.
    Modern,
}

/// What is remembered of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EraLesson {
    /// It knows no `server/discover`.
    Legacy,
    /// It answers `server/discover`; `initialize` was not tried.
    Modern,
    /// It refuses `initialize`.
    ModernOnly,
}

/// How to begin with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EraPlan {
    /// See the table.
    LegacyFirst,
    /// See the table.
    ModernFirst,
    /// See the table.
    ModernOnly,
}

impl EraPlan {
    /// `protocol` is the entry's setting, `known` what an earlier start taught.
    #[must_use]
    pub fn new(protocol: Protocol, known: Option<EraLesson>) -> Self {
        match (protocol, known) {
            (Protocol::Modern, _) => Self::ModernOnly,
            (Protocol::Auto, Some(EraLesson::Legacy)) => Self::LegacyFirst,
            // Known, yet a server can be downgraded in place.
            (Protocol::Auto, _) | (Protocol::Legacy, Some(EraLesson::ModernOnly)) => Self::ModernFirst,
            (Protocol::Legacy, _) => Self::LegacyFirst,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_comes_first_unless_the_server_is_known_to_refuse_it() {
        use EraPlan::{LegacyFirst, ModernFirst, ModernOnly};
        for (protocol, known, plan) in [
            (Protocol::Legacy, None, LegacyFirst),
            (Protocol::Legacy, Some(EraLesson::Modern), LegacyFirst),
            (Protocol::Legacy, Some(EraLesson::ModernOnly), ModernFirst),
            (Protocol::Auto, None, ModernFirst),
            (Protocol::Auto, Some(EraLesson::Legacy), LegacyFirst),
            (Protocol::Auto, Some(EraLesson::Modern), ModernFirst),
            (Protocol::Modern, Some(EraLesson::Legacy), ModernOnly),
        ] {
            assert_eq!(EraPlan::new(protocol, known), plan, "{protocol:?} {known:?}");
        }
    }
}
