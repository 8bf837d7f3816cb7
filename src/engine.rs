//! The facade: everything that the binding calls. Owns runtime, registries and lifecycle.
//!
//! Calls of a warm server are sent from the caller's thread; everything else is a job for the engine thread. What comes of it reaches
//! the caller through a sink or a callback, from the engine thread, and must not block it.

mod annotations;
mod attempt;
mod audit;
mod call;
mod call_request;
mod call_table;
mod capabilities;
mod checkout;
mod cleanups;
mod config_cell;
mod containers;
mod deadlines;
mod errors;
mod explain;
mod glance;
mod guard_link;
mod guards;
mod held;
mod host_context;
mod input_rounds;
mod instance;
mod lease_api;
mod lease_info;
mod leases;
mod lifecycle;
mod looks;
mod monitor;
mod monitor_options;
mod monitors;
mod observers;
mod plans;
mod pool_api;
mod pool_events;
mod pool_hands;
mod pool_report;
mod pool_sink;
mod pool_source;
mod pools;
mod process_api;
mod processes;
mod remote_calls;
mod retry;
mod runtime;
mod server_api;
mod server_life;
mod server_listener;
mod settings;
mod shared;
mod shutdown;
mod starter;
mod starts;
mod stop_chosen;
mod sweep_api;
mod sweeps;
mod task_routes;
mod tree_reading;
mod unit;
mod unit_api;
mod unit_entry;
mod unit_handles;
mod units;
mod warm_up;
mod watch;
mod watches;
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use self::call::Call;
pub use self::call::{ActiveCall, Answer, CallSink, Settled};
pub use self::call_request::{CallRequest, Question, RetryRule, Target};
pub use self::capabilities::Capabilities;
pub use self::cleanups::CleanupRequest;
pub use self::glance::Glance;
pub use self::host_context::HostContext;
pub use self::lease_api::{Acquire, AcquireWait, Acquired};
pub use self::lease_info::{LeaseInfo, LeasedProcess};
pub use self::monitor::{MonitorNumber, MonitorSink};
pub use self::monitor_options::MonitorOptions;
pub use self::pool_sink::PoolSink;
pub use self::process_api::StopNumber;
pub use self::server_api::ServerSummary;
use self::settings::Settings;
use self::shared::Shared;
pub use self::unit::{StartedUnit, UnitEvent, UnitNumber, UnitRequest};
use crate::model::Result;
use crate::pool::Asked;

/// What became of [`Engine::begin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The call runs under this number; its sink will be told.
    Call(u64),
    /// A server must be started: begin again and say from which environment.
    NeedsHost,
}

/// The engine of one process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Engine {
    shared: Arc<Shared>,
}

impl Engine {
    /// Says where the guard's executable is and what the host's environment was then. Only the first call counts; a guard that cannot be used is told with the first spawn.
    pub fn use_guard(&self, path: &Path, host: HostContext) {
        self.shared.use_guard(path);
        self.shared.config.seen_first(host);
    }

    /// Takes settings, before the first call or after a shutdown.
    ///
    /// # Errors
    /// `ERR_CONFIG` in between, `ERR_INVALID_ARGUMENT` for what is no object.
    pub fn configure(&self, json: String) -> Result<()> {
        let settings = Settings::from_json(json)?;
        self.shared.lifecycle.configure(|| self.shared.config.replace(settings))
    }

    /// The settings in force, as they were given.
    pub fn settings_json(&self) -> String {
        self.shared.config.settings().json().to_owned()
    }

    /// Begins a call for the environment `owner`. With `hold` a warm server gets it at the next [`Engine::flush`]. Its end reaches `sink` once, possibly before this returns.
    pub fn begin(
        &self,
        mut request: CallRequest,
        owner: u64,
        hold: bool,
        sink: Arc<dyn CallSink>,
        host: Option<HostContext>,
    ) -> Begun {
        let shared = &self.shared;
        if request.target != Target::Named
            && let Some(pool) = shared.pool_of(&request)
        {
            request.server = pool.name.as_ref().into();
        }
        // Who has a lease has said before from where its server starts.
        let knows_host = host.is_some() || matches!(request.target, Target::Lease(_));
        let asked = shared.ask_for(&request, !knows_host);
        match (&asked, host) {
            (None | Some(Asked::Cold), None) if !knows_host => return Begun::NeedsHost,
            (_, Some(host)) => shared.seen_from(&request, host),
            _ => {}
        }
        let call = shared.calls.enter(|number| Call::new(number, owner, request, sink));
        let number = call.number;
        match (shared.lifecycle.enter().and_then(|()| shared.runtime()), asked) {
            (Err(error), _) => attempt::end(shared, &call, Err(error)),
            (Ok(_), Some(Asked::Ready(held))) => attempt::send(shared, &call, held, hold),
            (Ok(_), Some(Asked::Refused(error))) => attempt::not_started(shared, &call, error),
            (Ok(runtime), Some(Asked::Waits(waiting))) => {
                runtime.run(move |world| world.carry_on(call, waiting));
            }
            (Ok(runtime), None | Some(Asked::Cold)) => runtime.run(move |world| world.carry(call)),
        }
        Begun::Call(number)
    }

    /// Sends the calls that were held.
    pub fn flush(&self) {
        self.shared.held.flush();
    }

    /// Ends a call at its caller's wish. False: it had ended before.
    pub fn cancel(&self, number: u64, reason: &str) -> bool {
        let found = self.shared.calls.find(number).filter(|call| !call.is_over());
        if let Some(call) = &found {
            attempt::withdraw(&self.shared, call, reason, errors::aborted(call));
        }
        found.is_some()
    }

    /// Answers what the server of a call asked in a round; `answers` is a raw JSON object. False: too late, or nobody asked.
    pub fn answer_input(&self, number: u64, round: u32, answers: &str) -> bool {
        let call = self.shared.calls.find(number);
        call.is_some_and(|call| input_rounds::answer(&self.shared, &call, round, answers))
    }

    /// The calls that hold a slot, oldest first.
    pub fn active_calls(&self) -> Vec<ActiveCall> {
        let mut calls: Vec<_> = self.shared.calls.all().iter().map(|call| call.describe()).collect();
        calls.extend(self.shared.remote_calls.all());
        calls.sort_by(|a, b| a.start_time.total_cmp(&b.start_time));
        calls
    }

    /// Lists a call that the environment `owner` carries itself; answers its number.
    ///
    /// # Errors
    /// `ERR_CLOSED` after a shutdown.
    pub fn enter_remote(&self, owner: u64, server: String, tool: String) -> Result<u64> {
        self.shared.lifecycle.enter()?;
        let number = self.shared.calls.next_number();
        self.shared.remote_calls.enter(number, owner, server, tool);
        Ok(number)
    }

    /// Such a call is over.
    pub fn leave_remote(&self, number: u64) {
        self.shared.remote_calls.leave(number);
    }

    /// Stops the server of a name, if it runs.
    pub fn close_server(&self, name: &str, grace: Option<Duration>, done: impl FnOnce() + Send + 'static) {
        match self.shared.pools.named(name) {
            Some(pool) => self.empty_pool(&pool, grace, done),
            None => done(),
        }
    }

    /// An environment ends: what it made ends with it. Servers belong to the process. `done` is called when nothing of it is left.
    pub fn environment_left(&self, owner: u64, done: impl FnOnce() + Send + 'static) {
        for call in self.shared.calls.all().iter().filter(|call| call.owner == owner) {
            attempt::withdraw(&self.shared, call, "the caller's thread ended", errors::closed());
        }
        self.shared.remote_calls.owner_left(owner);
        self.leave_pools(owner);
        let pools = self.shared.pools.of(owner);
        for pool in &pools {
            self.shared.pools.remove(pool.number);
            pool.close(None);
        }
        if !self.shared.has_thread() {
            return done();
        }
        self.shared.on_engine(move |world| world.stop_all_of(owner, pools, done));
    }

    /// What works on this machine, for this host.
    ///
    /// # Errors
    /// `ERR_CONFIG` when the environment names no backend.
    pub fn capabilities(&self) -> Result<Capabilities> {
        Capabilities::probe(&self.shared.config)
    }

    /// What guards said does not work, for people.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.shared.warnings()
    }

    /// Stops everything and takes no more work; `done` is called when nothing is left, or its deadline passed.
    pub fn shut_down(&self, grace: Option<Duration>, done: impl FnOnce() + Send + 'static) {
        self.shared.lifecycle.close();
        for call in self.shared.calls.all() {
            attempt::withdraw(&self.shared, &call, "shutdown", errors::closed());
        }
        if !self.shared.has_thread() {
            return done();
        }
        let pools = self.shared.pools.take_all();
        self.shared.on_engine(move |world| world.shut_down(grace, pools, done));
    }
}
