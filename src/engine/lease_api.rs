//! What the binding asks of leases.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_local;

use super::host_context::HostContext;
use super::lease_info::LeaseInfo;
use super::pool_api::find_instance;
use super::pool_hands::PoolHands;
use super::pool_sink::PoolSink;
use super::shared::Shared;
use super::{Engine, errors};
use crate::model::Result;
use crate::pool::{Ask, Asked, Patience, Waiting, ids};

/// How long one who wants a lease waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireWait {
    /// As long as the pool's settings say.
    Default,
    /// This long; zero: not at all.
    For(Duration),
    /// For ever.
    Forever,
}

/// A wish for a lease.
pub struct Acquire<'a> {
    /// The pool.
    pub pool: u64,
    /// Stays on one instance.
    pub session: Option<&'a str>,
    /// How long to wait.
    pub wait: AcquireWait,
    /// Bits of the server's questions that the holder answers; 0: none.
    pub handlers: u8,
    /// What the environment calls the wish.
    pub token: u32,
    /// The environment.
    pub owner: u64,
    /// Who is told.
    pub sink: Arc<dyn PoolSink>,
    /// From where an instance would start.
    pub host: Option<HostContext>,
}

/// What became of [`Engine::acquire`].
#[derive(Debug, Clone, PartialEq)]
pub enum Acquired {
    /// The lease.
    Ready(u64),
    /// The sink will be told.
    Waits,
    /// Nothing happened: come again and say from which environment.
    NeedsHost,
}

impl Engine {
    /// Asks for a lease.
    ///
    /// # Errors
    /// What the pool refuses at once.
    pub fn acquire(&self, wish: Acquire<'_>) -> Result<Acquired> {
        let pool = self.shared.pools.get(wish.pool).ok_or_else(errors::no_pool)?;
        let only_warm = wish.host.is_none();
        if let Some(host) = wish.host {
            self.shared.config.seen_from(host.clone());
            pool.hands().seen_from(Arc::new(host));
        }
        let lease = ids::next();
        let ask = Ask::lease(lease, wish.session, patience(wish.wait))
            .with_handlers(wish.handlers)
            .warm_only(only_warm);
        self.shared.leases.enter(lease, &pool, wish.owner, &wish.sink);
        match pool.ask(&ask) {
            Asked::Ready(held) => {
                held.keep();
                Ok(Acquired::Ready(lease))
            }
            Asked::Waits(waiting) => {
                self.shared.wait_for_lease(lease, wish.owner, wish.token, wish.sink, waiting);
                Ok(Acquired::Waits)
            }
            Asked::Cold => {
                self.shared.leases.leave(lease);
                Ok(Acquired::NeedsHost)
            }
            Asked::Refused(error) => {
                self.shared.leases.leave(lease);
                Err(error)
            }
        }
    }

    /// Gives up a wish. False: its end was told or is on its way.
    pub fn cancel_acquire(&self, owner: u64, token: u32) -> bool {
        self.shared.leases.give_up(owner, token)
    }

    /// Gives a lease back. False: it was before.
    pub fn release(&self, lease: u64) -> bool {
        self.shared.leases.leave(lease).is_some_and(|pool| pool.release(lease))
    }

    /// Gives a lease back, and tells how its instance was at that moment; `None`: it was given back before.
    pub fn release_seen(&self, lease: u64) -> Option<LeaseInfo> {
        let info = self.shared.lease_info(lease);
        if self.release(lease) { info } else { None }
    }

    /// Answers what the server of a lease asked; `json` is the result, or with `ok` false the JSON-RPC error. False: too late, or no JSON.
    pub fn answer_question(&self, lease: u64, question: u64, ok: bool, json: &str) -> bool {
        let leases = &self.shared.leases;
        if ok {
            return leases.answer(lease, question, Ok(json.as_bytes()));
        }
        let fault = serde_json::from_str(json);
        fault.is_ok_and(|fault| leases.answer(lease, question, Err(fault)))
    }

    /// Gives back the oldest lease of an environment on an instance.
    pub fn release_on(&self, pool: u64, instance: &str, owner: u64) -> Option<(u64, LeaseInfo)> {
        let pool = self.shared.pools.get(pool)?;
        let number = find_instance(&pool, instance)?;
        let leases = pool.look(|state| state.leases_on(number));
        let oldest = leases.into_iter().find(|lease| self.shared.leases.is_of(*lease, owner))?;
        self.release_seen(oldest).map(|info| (oldest, info))
    }

    /// What is known of a lease; `None`: it was released.
    pub fn lease_info(&self, lease: u64) -> Option<LeaseInfo> {
        self.shared.lease_info(lease)
    }

    /// The result of `initialize` of the instance that a lease is on, raw JSON; `None`: the lease or the instance is gone.
    #[must_use]
    pub fn lease_handshake(&self, lease: u64) -> Option<String> {
        self.shared.lease_handshake(lease)
    }

    /// Sends a notification to the instance that a lease is on; false: it could not be.
    pub fn lease_notify(&self, lease: u64, method: &str, params: &[u8]) -> bool {
        self.shared.lease_notify(lease, method, params)
    }
}

impl Shared {
    fn wait_for_lease(
        self: &Arc<Self>,
        lease: u64,
        owner: u64,
        token: u32,
        sink: Arc<dyn PoolSink>,
        waiting: Waiting<PoolHands>,
    ) {
        self.leases.waits(owner, token, waiting.place());
        let shared = Arc::clone(self);
        self.on_engine(move |_| {
            spawn_local(async move {
                let outcome = waiting.turn().await;
                let wanted = shared.leases.waited(owner, token);
                match outcome {
                    Some(Ok(held)) if wanted => {
                        held.keep();
                        sink.granted(token, lease);
                    }
                    // Given up: what it got goes back by its drop.
                    Some(Ok(_)) | None => drop(shared.leases.leave(lease)),
                    Some(Err(error)) => {
                        shared.leases.leave(lease);
                        if wanted {
                            sink.refused(token, error);
                        }
                    }
                }
            });
        });
    }
}

fn patience(wait: AcquireWait) -> Patience {
    match wait {
        AcquireWait::Default => Patience::Pool,
        AcquireWait::Forever => Patience::Forever,
        AcquireWait::For(time) if time.is_zero() => Patience::AtOnce,
        AcquireWait::For(time) => Instant::now().checked_add(time).map_or(Patience::Forever, Patience::Until),
    }
}
