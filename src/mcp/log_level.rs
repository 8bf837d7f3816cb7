//! How much a server says of its own doing. Pure.

use serde::{Deserialize, Serialize};

/// The levels of `logging/setLevel`, the most talkative first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// What goes on.
    Info,
    /// What is worth a look.
    Notice,
    /// What may become an error.
    Warning,
    /// What failed.
    Error,
    /// What failed and will again.
    Critical,
    /// What somebody must do something about.
    Alert,
    /// What cannot be used any more.
    Emergency,
}

impl LogLevel {
    /// The `level` of raw params; `None` where it is none of them.
    #[must_use]
    pub fn of_params(params: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Params {
            level: LogLevel,
        }
        serde_json::from_slice::<Params>(params).ok().map(|params| params.level)
    }

    /// As the protocol writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }
}
