//! Where the settings of a pool come from, so that they can be made again when an entry has changed. Knows nothing of what the pool does.

use crate::mcp::config::{HostEnv, ServerEntry};
use crate::model::{PoolOptions, PoolSettings, Result};

/// What stands above and below the entry of a pool.
#[derive(Debug, Clone)]
pub(crate) enum PoolTerms {
    /// The pool behind a name: changes made in code.
    Named(PoolOptions),
    /// A pool of one environment: what it was made with, and what counts where nobody says otherwise.
    Own { options: PoolOptions, defaults: PoolSettings },
}

impl PoolTerms {
    /// The settings for this entry; without one, what is known without it.
    ///
    /// # Errors
    /// `ERR_CONFIG` names a variable of the environment that is no such setting, or settings that contradict each other.
    pub(super) fn settings(&self, entry: Option<&ServerEntry>, env: &HostEnv) -> Result<PoolSettings> {
        match (self, entry) {
            (Self::Named(changes), Some(entry)) => entry.pool_settings(env, None)?.with(changes),
            (Self::Named(changes), None) => PoolSettings::of(changes),
            (Self::Own { options, defaults }, Some(entry)) => {
                defaults.under(&entry.pool_options(env, Some(options))?)
            }
            (Self::Own { options, defaults }, None) => defaults.under(options),
        }
    }

    /// The pool behind a name is changed in code.
    pub(super) fn change(&mut self, changes: &PoolOptions) {
        if let Self::Named(known) = self {
            *known = changes.or(known);
        }
    }
}
