//! Whether the engine takes work.
//!
//! | state | `configure` | `enter` | `close` |
//! |---|---|---|---|
//! | fresh | → fresh | → running | → closed |
//! | running | `ERR_CONFIG` | → running | → closed |
//! | closed | → fresh | `ERR_CLOSED` | → closed |

use parking_lot::Mutex;

use super::errors;
use crate::model::{Error, ErrorCode, Result};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Fresh,
    Running,
    Closed,
}

/// The state of the engine, for all threads.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    state: Mutex<State>,
}

impl Lifecycle {
    /// Runs `apply` if settings may change now.
    ///
    /// # Errors
    /// `ERR_CONFIG` while the engine runs on older settings.
    pub(crate) fn configure(&self, apply: impl FnOnce()) -> Result<()> {
        let mut state = self.state.lock();
        if *state == State::Running {
            let message =
                "configure() came after the first call; call it at start-up, or after await shutdown()";
            return Err(Error::new(ErrorCode::Config, message));
        }
        apply();
        *state = State::Fresh;
        Ok(())
    }

    /// Work comes in.
    ///
    /// # Errors
    /// `ERR_CLOSED` after a shutdown.
    pub(crate) fn enter(&self) -> Result<()> {
        let mut state = self.state.lock();
        if *state == State::Closed {
            return Err(errors::closed());
        }
        *state = State::Running;
        Ok(())
    }

    /// Whether nothing may be started any more.
    pub(crate) fn is_closed(&self) -> bool {
        *self.state.lock() == State::Closed
    }

    /// No more work.
    pub(crate) fn close(&self) {
        *self.state.lock() = State::Closed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_change_only_before_the_first_call_or_after_a_shutdown() {
        let lifecycle = Lifecycle::default();
        assert!(lifecycle.configure(|| ()).is_ok());
        assert!(lifecycle.enter().is_ok());
        assert_eq!(lifecycle.configure(|| panic!("not applied")).unwrap_err().code(), ErrorCode::Config);
        lifecycle.close();
        assert_eq!(lifecycle.enter().unwrap_err().code(), ErrorCode::Closed);
        assert!(lifecycle.configure(|| ()).is_ok());
        assert!(lifecycle.enter().is_ok());
    }
}
