//! Looks at the processes of the machine, on a helper thread: as often as it takes to be sure.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use super::monitor_options::MonitorOptions;
use super::shared::Shared;
use super::world::World;
use crate::model::{Error, ErrorCode, Result};
use crate::process::{ProcessTable, Sampler, Surroundings};
use crate::sweep::{Eye, MIN_SAMPLES, MonitorRule, Seen};
use crate::sys::prctl;

/// A look may come so much later than it was to come before nobody knows what was between.
const SLACK: Duration = Duration::from_secs(2);

/// So many looks are sure of any limit, however slow the machine is.
const MOST_NEEDED: u32 = 2 * MIN_SAMPLES;

/// One pass: looks until every limit that is exceeded has been for long enough, or is not any more.
pub(super) struct Pass {
    eye: Option<Eye>,
    begin: Instant,
    step: Duration,
    longest: Duration,
    needs_rates: bool,
    looks: u32,
}

impl Pass {
    /// By the rules of these options.
    ///
    /// # Errors
    /// `ERR_CONFIG` for a backend that there is not.
    pub(super) fn new(options: &MonitorOptions, shared: &Shared) -> Result<Self> {
        let step = options.step();
        Ok(Self {
            eye: Some(shared.eye(options.rules.clone())?),
            begin: Instant::now(),
            step,
            longest: options.patience() * 2 + step,
            needs_rates: options.needs_rates(),
            looks: 0,
        })
    }

    /// The next look, and whether it is the last.
    ///
    /// # Errors
    /// `ERR_NATIVE` when the processes cannot be read.
    pub(super) async fn next(&mut self, world: &Rc<World>) -> Result<(Seen, bool)> {
        if self.looks > 0 {
            tokio::time::sleep(self.step).await;
        }
        self.looks += 1;
        let seen = world.look(&mut self.eye, self.step).await?;
        let rising = self.eye.as_ref().is_some_and(Eye::is_rising);
        let sure = !rising && (self.looks > 1 || !self.needs_rates);
        let long_enough = self.begin.elapsed() > self.longest && self.looks >= MOST_NEEDED;
        Ok((seen, sure || long_enough))
    }
}

impl Shared {
    /// An eye that judges by these rules, and has seen nothing yet.
    ///
    /// # Errors
    /// `ERR_CONFIG` for a backend that there is not.
    pub(super) fn eye(&self, rules: Vec<MonitorRule>) -> Result<Eye> {
        Ok(Eye::new(rules, Sampler::new(self.config.backend()?)))
    }
}

impl World {
    /// One look of an eye that came `pause` after the one before. The eye is lost with a helper that panics.
    pub(super) async fn look(&self, eye: &mut Option<Eye>, pause: Duration) -> Result<Seen> {
        let Some(mut looking) = eye.take() else { return Err(helper_died()) };
        let shared = Arc::clone(&self.shared);
        let looked = on_helper(move || {
            let seen = looking.look(pause * 2 + SLACK, |table| {
                shared.mark_units(table);
                surroundings(table)
            });
            (looking, seen)
        });
        let (looking, seen) = looked.await?;
        *eye = Some(looking);
        seen
    }

    /// One table, and what `judge` makes of it on the helper thread.
    pub(super) async fn look_once<T: Send + 'static>(
        &self,
        judge: impl FnOnce(&ProcessTable, &Surroundings) -> T + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        on_helper(move || shared.process_table().map(|table| judge(&table, &surroundings(&table)))).await?
    }
}

/// What protects processes from this one.
fn surroundings(table: &ProcessTable) -> Surroundings {
    Surroundings::new(table, prctl::own_pid(), prctl::effective_uid())
}

/// Runs what reads `/proc` on a helper thread.
pub(super) async fn on_helper<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(|_| helper_died())
}

fn helper_died() -> Error {
    Error::new(ErrorCode::Native, "a look at the processes ended in a panic; report it")
}
