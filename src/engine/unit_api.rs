//! Units for the binding: run one, signal it, stop it.

use std::time::Duration;

use super::Engine;
use super::unit::{UnitEvent, UnitNumber, UnitRequest};
use crate::model::{ExitCause, Result};

impl Engine {
    /// Runs a unit. `request` makes it on the engine thread, so that the caller's is not kept; `listener` hears all of its events there.
    ///
    /// # Errors
    /// `ERR_CLOSED` after a shutdown, `ERR_NATIVE` when there is no engine thread. What else goes wrong is an event.
    pub fn spawn_unit(
        &self,
        request: impl FnOnce() -> UnitRequest + Send + 'static,
        listener: impl Fn(UnitNumber, UnitEvent) + Send + 'static,
    ) -> Result<UnitNumber> {
        self.shared.lifecycle.enter()?;
        let number = self.shared.units.next_number();
        let listener = move |event| listener(number, event);
        self.shared.runtime()?.run(move |world| world.spawn_unit(number, request(), Box::new(listener)));
        Ok(number)
    }

    /// Stops a unit; its end is told to its listener. Without effect on one that has ended.
    pub fn stop_unit(&self, number: UnitNumber, force: bool, grace: Option<Duration>) {
        self.shared.on_engine(move |world| world.stop_unit(number, force, grace, ExitCause::Stop));
    }

    /// Continues a unit that was stopped on a terminal. Without effect on any other.
    pub fn continue_unit(&self, number: UnitNumber) {
        self.shared.on_engine(move |world| world.continue_unit(number));
    }

    /// One signal to a unit's first process, by identity. False: it is gone, or not ours to signal.
    pub fn signal_unit(&self, number: UnitNumber, signal: i32) -> bool {
        self.shared.units.signal(number, signal)
    }
}
