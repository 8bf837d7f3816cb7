//! The engine thread's own state: guards, units, and the tasks that start servers and retry calls.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_local;

use super::attempt;
use super::call::Call;
use super::errors;
use super::guards::Guards;
use super::shared::Shared;
use super::starts::Starts;
use super::unit::UnitNumber;
use super::unit_entry::UnitEntry;
use crate::mcp::connection::Connection;
use crate::model::{Error, ExitCause};

/// Lives on the engine thread. Everything here may be used without a lock and must never block.
pub(crate) struct World {
    pub(super) shared: Arc<Shared>,
    pub(super) guards: Guards,
    pub(super) starts: Starts,
    pub(super) units: RefCell<HashMap<UnitNumber, Rc<UnitEntry>>>,
}

impl World {
    /// Made on the engine thread.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let clock = Arc::clone(&shared);
        spawn_local(async move {
            let time_out =
                |call: &Arc<Call>| attempt::withdraw(&clock, call, "timeout", errors::timed_out(call));
            clock.calls.keep_time(time_out).await;
        });
        Self { shared, guards: Guards::default(), starts: Starts::default(), units: RefCell::default() }
    }

    /// Carries a call to its server, however long that takes to start.
    pub(super) fn carry(self: &Rc<Self>, call: Arc<Call>) {
        let world = Rc::clone(self);
        spawn_local(async move {
            match world.checkout(&call.request.server).await {
                Ok(instance) => attempt::send(&world.shared, &call, &instance, false),
                Err(error) => attempt::not_started(&world.shared, &call, error),
            }
        });
    }

    /// Tries a call again after `delay`. With `replay` the server died with the call in flight, and only the tool's annotations can
    /// allow a second run; without their leave `replay` is the answer.
    pub(super) fn carry_later(self: &Rc<Self>, call: Arc<Call>, delay: Duration, replay: Option<Error>) {
        let world = Rc::clone(self);
        spawn_local(async move {
            tokio::time::sleep(delay).await;
            if let Some(error) = replay
                && !world.is_harmless(&call).await
            {
                return attempt::end(&world.shared, &call, Err(error));
            }
            world.carry(call);
        });
    }

    /// A connection has nothing more to give: the next call gets a new server. A process that lives on is stopped, unless it was us who
    /// closed the connection: whoever did that stops the process in its own time.
    pub(super) fn connection_ended(&self, connection: &Arc<Connection>, unit: UnitNumber, by_us: bool) {
        if let Some(instance) = self.shared.servers.ready(connection.server())
            && Arc::ptr_eq(&instance.connection, connection)
        {
            self.shared.servers.lost(&instance.server, &instance);
        }
        if !by_us {
            self.stop_unit(unit, false, None, ExitCause::Stop);
        }
    }
}
