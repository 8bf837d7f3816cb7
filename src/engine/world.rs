//! The engine thread's own state: guards, units, and the tasks that start servers and retry calls.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::spawn_local;

use super::attempt;
use super::call::Call;
use super::errors;
use super::guards::Guards;
use super::monitors::Monitors;
use super::pool_hands::{PoolHands, ServerPool};
use super::shared::Shared;
use super::starts::Starts;
use super::unit::UnitNumber;
use super::unit_entry::UnitEntry;
use super::watches::Watches;
use crate::model::{Error, ErrorCode, ExitCause};
use crate::pool::{PoolEvent, Waiting};

/// Lives on the engine thread. Everything here may be used without a lock and must never block.
pub(crate) struct World {
    pub(super) shared: Arc<Shared>,
    pub(super) guards: Guards,
    pub(super) starts: Starts,
    pub(super) units: RefCell<HashMap<UnitNumber, Rc<UnitEntry>>>,
    /// Instances whose connection has not ended since they were ready.
    pub(super) serving: RefCell<HashSet<u64>>,
    pub(super) watches: Watches,
    pub(super) monitors: Monitors,
}

/// Why an instance is lost that nobody stopped.
const CRASH: &str = "crash";

impl World {
    /// Made on the engine thread.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let clock = Arc::clone(&shared);
        spawn_local(async move {
            let time_out =
                |call: &Arc<Call>| attempt::withdraw(&clock, call, "timeout", errors::timed_out(call));
            clock.calls.keep_time(time_out).await;
        });
        Self {
            shared,
            guards: Guards::default(),
            starts: Starts::default(),
            units: RefCell::default(),
            serving: RefCell::default(),
            watches: Watches::default(),
            monitors: Monitors::default(),
        }
    }

    /// Carries a call to its server, however long that takes to start.
    pub(super) fn carry(self: &Rc<Self>, call: Arc<Call>) {
        if call.is_over() {
            return;
        }
        // Before this returns: who closes the server behind this job must find the call at its pool.
        let asked = self.ask(&call);
        let world = Rc::clone(self);
        spawn_local(async move {
            let outcome = world.granted(&call, asked).await;
            attempt::checked_out(&world.shared, &call, outcome);
        });
    }

    /// Carries a call that has a place in the queue already.
    pub(super) fn carry_on(self: &Rc<Self>, call: Arc<Call>, waiting: Waiting<PoolHands>) {
        let world = Rc::clone(self);
        spawn_local(async move {
            let outcome = world.turn(&call, waiting).await;
            attempt::checked_out(&world.shared, &call, outcome);
        });
    }

    /// Tries a call again after `delay`. With `replay` the server died with the call in flight, and only the tool's annotations can
    /// allow a second run; without their leave `replay` is the answer.
    pub(super) fn carry_later(self: &Rc<Self>, call: Arc<Call>, delay: Duration, replay: Option<Error>) {
        let world = Rc::clone(self);
        spawn_local(async move {
            let due = tokio::time::Instant::now() + delay;
            // Asked while the time runs: who may not try again need not wait to hear of it.
            if let Some(error) = replay
                && !world.is_harmless(&call).await
            {
                return attempt::end(&world.shared, &call, Err(error));
            }
            tokio::time::sleep_until(due).await;
            world.carry(call);
        });
    }

    /// A connection has nothing more to give: the next call gets another instance. A process that lives on is stopped, unless it was us
    /// who closed the connection: whoever did that stops the process in its own time.
    pub(super) fn connection_ended(
        &self,
        pool: &Arc<ServerPool>,
        instance: u64,
        unit: UnitNumber,
        reason: Option<&Error>,
    ) {
        let served = self.serving.borrow_mut().remove(&instance);
        if reason.is_some_and(|reason| reason.code() == ErrorCode::Closed) {
            return;
        }
        if served {
            pool.tell(exited(instance, reason));
        }
        pool.lost(instance, cause_of(reason), reason);
        self.stop_unit(unit, false, None, ExitCause::Stop);
    }
}

fn exited(instance: u64, reason: Option<&Error>) -> PoolEvent {
    let detail = |key: &str| reason.and_then(|reason| reason.details().get(key));
    let exit_code = detail("exitCode").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok());
    let signal = detail("signal").and_then(Value::as_str).map(str::to_owned);
    PoolEvent::Exited { instance, exit_code, signal, cause: cause_of(reason).to_owned() }
}

fn cause_of(reason: Option<&Error>) -> &'static str {
    let cause = reason.and_then(|reason| reason.details().get("cause")).and_then(Value::as_str);
    ["memory", "health"].into_iter().find(|known| cause == Some(known)).unwrap_or(CRASH)
}
