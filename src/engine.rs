//! The facade: everything that the binding calls. Owns runtime, registries and lifecycle.
//!
//! Calls of a warm server are sent from the caller's thread; everything else is a job for the engine thread. What comes of it reaches
//! the caller through a sink or a callback, from the engine thread, and must not block it.

mod annotations;
mod attempt;
mod audit;
mod call;
mod call_api;
mod call_place;
mod call_request;
mod call_table;
mod capabilities;
mod checkout;
mod cleanups;
mod closings;
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
mod pool_terms;
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
mod settled;
mod shared;
mod shutdown;
mod starter;
mod starts;
mod stop_api;
mod stop_chosen;
mod sweep_api;
mod sweeps;
mod task_routes;
mod tree_reading;
mod unit;
mod unit_api;
mod unit_entry;
mod unit_handles;
mod unit_stop;
mod units;
mod verdicts;
mod warm_up;
mod watch;
mod watches;
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use self::call_api::Begun;
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
pub use self::server_api::ServerSummary;
use self::settings::Settings;
pub use self::settled::{ActiveCall, Answer, CallSink, Settled};
use self::shared::Shared;
pub use self::stop_api::StopNumber;
pub use self::unit::{StartedUnit, UnitEvent, UnitNumber, UnitRequest};
use crate::model::Result;

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
    /// `ERR_CONFIG` in between, `ERR_INVALID_ARGUMENT` for what is no object and for a server that is wrong. Nothing has changed then.
    pub fn configure(&self, json: String) -> Result<()> {
        let settings = Settings::from_json(json)?;
        self.shared.lifecycle.configure(|| self.shared.config.replace(settings))
    }

    /// The settings in force, as they were given.
    pub fn settings_json(&self) -> String {
        self.shared.config.settings().json().to_owned()
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
        let shared = Arc::clone(&self.shared);
        let done = move || {
            shared.lifecycle.closed();
            done();
        };
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
