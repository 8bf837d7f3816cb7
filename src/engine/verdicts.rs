//! What becomes of the [`Verdict`]s of `watch`: the pool is told, the instance asked or given up.

use std::rc::Rc;
use std::sync::Arc;

use super::errors;
use super::instance::Instance;
use super::pool_hands::ServerPool;
use super::watch::Verdict;
use super::world::World;
use crate::mcp::reply::Reply;
use crate::model::pool_options::BYTES_PER_MB;
use crate::model::{Error, ExitCause, Result};
use crate::pool::{MemoryAdvice, PoolEvent};

impl World {
    /// What follows for an instance from a look at it.
    pub(super) fn carry_out(self: &Rc<Self>, number: u64, verdicts: Vec<Verdict>) {
        let Some((pool, instance)) = self.watches.under(number) else { return };
        for verdict in verdicts {
            match verdict {
                Verdict::Memory(advice) => self.carry_out_memory(&pool, number, &instance, advice),
                Verdict::Healthy(healthy) => pool.set_healthy(number, healthy),
                // Nobody waits for the answer: that it is read is what counts.
                Verdict::Ping => instance.session.ping(Box::new(|_: Result<Reply>| {})),
                Verdict::GiveUp => {
                    self.give_up(&pool, number, &instance, "health", errors::unanswered(&pool));
                }
            }
        }
    }

    fn carry_out_memory(
        &self,
        pool: &Arc<ServerPool>,
        number: u64,
        instance: &Instance,
        advice: MemoryAdvice,
    ) {
        match advice {
            MemoryAdvice::Tell { bytes, leak } => tell_memory(pool, number, bytes, leak),
            // Not now: the next look asks again.
            MemoryAdvice::Replace { cause, since } => drop(pool.outgrown(number, cause, since)),
            MemoryAdvice::Strained(strained) => pool.set_strained(number, strained),
            MemoryAdvice::Expel { since } => drop(pool.expel(number, "memory", since)),
            MemoryAdvice::Stop { bytes } => {
                self.give_up(pool, number, instance, "memory", errors::over_ceiling(pool, bytes));
            }
        }
    }

    /// Whoever is on it hears that it is lost; then its process is stopped.
    fn give_up(
        &self,
        pool: &Arc<ServerPool>,
        number: u64,
        instance: &Instance,
        cause: &'static str,
        error: Error,
    ) {
        pool.lost(number, cause, Some(&error));
        instance.connection.fail_all(error.detail("cause", cause));
        if cause == "memory" {
            self.stop_unit(instance.unit, true, None, ExitCause::Memory);
        }
    }
}

fn tell_memory(pool: &Arc<ServerPool>, instance: u64, memory_bytes: u64, leak: Option<f64>) {
    let limit_bytes = pool.look(|state| state.settings().memory_limit);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for people"
    )]
    let leak_per_minute = leak.map(|megabytes| (megabytes * BYTES_PER_MB as f64) as u64);
    pool.tell(PoolEvent::MemoryLimit { instance, memory_bytes, limit_bytes, leak_per_minute });
}
