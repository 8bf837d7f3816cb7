//! Whether the engine takes work.
//!
//! | state | `configure` | `enter` | `close` |
//! |---|---|---|---|
//! | fresh | → fresh | → running | → closed |
//! | running | `ERR_CONFIG` | → running | → closed |
//! | closed | → fresh | `ERR_CLOSED` | → closed |
//!
//! Between `close` and `closed`, `configure` is `ERR_CONFIG`: what came in then would be ended by the shutdown.

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
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    /// Shutdowns that are under way.
    closings: usize,
}

impl Lifecycle {
    /// Runs `apply` if settings may change now.
    ///
    /// # Errors
    /// `ERR_CONFIG` while the engine runs on older settings, or ends what did.
    pub(crate) fn configure(&self, apply: impl FnOnce()) -> Result<()> {
        let mut inner = self.inner.lock();
        if inner.closings > 0 {
            let message = "shutdown() is still under way; await it before configure()";
            return Err(Error::new(ErrorCode::Config, message).detail("reason", "closing"));
        }
        if inner.state == State::Running {
            let message =
                "configure() came after the first call; call it at start-up, or after await shutdown()";
            return Err(Error::new(ErrorCode::Config, message));
        }
        apply();
        inner.state = State::Fresh;
        Ok(())
    }

    /// Work comes in.
    ///
    /// # Errors
    /// `ERR_CLOSED` after a shutdown.
    pub(crate) fn enter(&self) -> Result<()> {
        let mut inner = self.inner.lock();
        if inner.state == State::Closed {
            return Err(errors::closed());
        }
        inner.state = State::Running;
        Ok(())
    }

    /// Whether nothing may be started any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.inner.lock().state == State::Closed
    }

    /// No more work. [`Lifecycle::closed`] says when nothing is left of what there was.
    pub(crate) fn close(&self) {
        let mut inner = self.inner.lock();
        inner.state = State::Closed;
        inner.closings += 1;
    }

    /// What [`Lifecycle::close`] began is over.
    pub(crate) fn closed(&self) {
        self.inner.lock().closings -= 1;
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
        assert_eq!(lifecycle.configure(|| panic!("not applied")).unwrap_err().code(), ErrorCode::Config);
        lifecycle.closed();
        assert!(lifecycle.configure(|| ()).is_ok());
        assert!(lifecycle.enter().is_ok());
    }
}
