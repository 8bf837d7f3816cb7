//! How processes are stopped, as JavaScript asks for it.

use std::time::Duration;

use napi_derive::napi;

use super::convert::duration;
use crate::process::stop::StopOptions;

/// What `KillOptions` come to.
#[napi(object)]
pub(crate) struct KillParts {
    /// SIGKILL at once.
    pub force: bool,
    /// From the first signal to SIGKILL, milliseconds.
    pub grace_ms: f64,
    /// The number of the first signal.
    pub signal: i32,
    /// Signal nobody.
    pub dry_run: bool,
    /// Users besides the own one whose processes may be stopped.
    pub uids: Vec<u32>,
}

impl From<KillParts> for StopOptions {
    fn from(parts: KillParts) -> Self {
        Self {
            force: parts.force,
            grace: duration(parts.grace_ms).unwrap_or(Duration::MAX),
            signal: parts.signal,
            dry_run: parts.dry_run,
            named_uids: parts.uids.into_iter().collect(),
            ..Self::default()
        }
    }
}
