//! What every thread of the host shares: the calls, the pools, the handles of units, and the way onto the engine thread.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::call_table::CallTable;
use super::config_cell::ConfigCell;
use super::held::Held;
use super::leases::Leases;
use super::lifecycle::Lifecycle;
use super::observers::Observers;
use super::pools::Pools;
use super::processes::Processes;
use super::remote_calls::RemoteCalls;
use super::runtime::Runtime;
use super::unit_handles::UnitHandles;
use super::world::World;
use crate::guard::client::GuardBinary;
use crate::mcp::era_cache::EraCache;
use crate::model::{Error, ErrorCode, Result};

/// The engine's state that is not bound to its thread.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) calls: Arc<CallTable>,
    pub(crate) remote_calls: RemoteCalls,
    pub(crate) pools: Pools,
    pub(crate) observers: Observers,
    pub(crate) leases: Leases,
    pub(crate) units: UnitHandles,
    pub(crate) config: ConfigCell,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) held: Held,
    pub(crate) eras: EraCache,
    pub(crate) processes: Processes,
    runtime: OnceLock<Result<Runtime<World>>>,
    guard: OnceLock<Result<GuardBinary>>,
    warnings: Mutex<Vec<String>>,
    /// Folders of ledgers that were swept at the start of a guard.
    pub(crate) swept: Mutex<HashSet<PathBuf>>,
    jitter: AtomicU64,
    last_monitor: AtomicU64,
}

impl Shared {
    /// The engine thread, started on first use.
    ///
    /// # Errors
    /// `ERR_NATIVE` when the machine refuses a thread.
    pub(crate) fn runtime(self: &Arc<Self>) -> Result<&Runtime<World>> {
        let start = || {
            let shared = Arc::clone(self);
            Runtime::start(move || World::new(shared))
        };
        self.runtime.get_or_init(start).as_ref().map_err(Clone::clone)
    }

    /// Opens the guard's executable, once.
    pub(crate) fn use_guard(&self, path: &Path) {
        self.guard.get_or_init(|| GuardBinary::open(path));
    }

    /// The guard's executable.
    ///
    /// # Errors
    /// `ERR_GUARD` naming what is wrong with it.
    pub(crate) fn guard_binary(&self) -> Result<&GuardBinary> {
        let unknown = || {
            Err(Error::new(
                ErrorCode::Guard,
                "nobody said where the guard's executable is; load the addon by index.js",
            ))
        };
        self.guard.get_or_init(unknown).as_ref().map_err(Clone::clone)
    }

    /// Whether the engine thread runs. Without it there is nothing to stop.
    pub(crate) fn has_thread(&self) -> bool {
        self.runtime.get().is_some_and(Result::is_ok)
    }

    /// What guards said of this machine, for `doctor`.
    pub(crate) fn add_warnings(&self, warnings: Vec<String>) {
        let mut known = self.warnings.lock();
        for warning in warnings {
            if !known.contains(&warning) {
                known.push(warning);
            }
        }
    }

    /// What guards said so far.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.warnings.lock().clone()
    }

    /// Runs a job on the engine thread. For those who come from there: a thread that was refused has nobody waiting.
    pub(crate) fn on_engine(self: &Arc<Self>, job: impl FnOnce(&Rc<World>) + Send + 'static) {
        if let Ok(runtime) = self.runtime() {
            runtime.run(job);
        }
    }

    /// A number that no monitor had.
    pub(crate) fn next_monitor(&self) -> u64 {
        self.last_monitor.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A number in `0.0..1.0` that differs from call to call. Spreads retries; not for secrets.
    pub(crate) fn jitter(&self) -> f64 {
        // Weyl sequence on the golden ratio: evenly spread without a generator's state.
        let step = self.jitter.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        (step >> 11) as f64 / (1_u64 << 53) as f64
    }
}
