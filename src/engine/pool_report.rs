//! Pools and leases as JSON: what JavaScript shows of them.

use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};

use serde_json::{Value, json};

use super::pool_events::{epoch_ms, megabytes};
use super::pool_hands::ServerPool;
use super::shared::Shared;
use crate::pool::{InstanceState, Phase, PoolState, instance_id};

/// `PoolStats` of the contract, and more.
#[expect(clippy::cast_precision_loss, reason = "an average for people")]
pub(super) fn stats_json(pool: &Arc<ServerPool>) -> String {
    let (figures, instances, settings) = pool.look(|state| {
        let instances: Vec<_> = state.instances().map(|(number, it)| (number, it.clone())).collect();
        (state.figures(), instances, state.settings().clone())
    });
    let healthy =
        |number: &u64| pool.instance(*number).is_some_and(|instance| !instance.connection.is_closed());
    let counters = figures.counters;
    json!({
        "poolId": pool.number,
        "name": *pool.name,
        "totalInstances": figures.instances,
        "healthyInstances": instances.iter().filter(|(number, it)| it.phase == Phase::Ready && healthy(number)).count(),
        "totalMemoryMB": megabytes(figures.memory_bytes),
        "averageMemoryMB": (megabytes(figures.memory_bytes) / figures.instances.max(1) as f64 * 10.0).round() / 10.0,
        "busyInstances": figures.busy,
        "idleInstances": figures.ready - figures.busy,
        "leases": figures.leases,
        "callsInFlight": figures.calls,
        "waiting": figures.waiting,
        "started": counters.started,
        "reused": counters.reused,
        "restarted": counters.restarted,
        "retired": counters.retired,
        "failed": counters.failed,
        "starting": figures.starting,
        "retiring": figures.retiring,
        "sessions": figures.sessions,
        "limits": {
            "minInstances": settings.min_instances,
            "maxInstances": settings.max_instances,
            "maxLeasesPerInstance": settings.max_leases_per_instance,
            "maxCallsPerInstance": settings.max_calls_per_instance,
        },
        "instances": instances.iter().map(|(number, it)| instance_value(pool, *number, it)).collect::<Vec<_>>(),
    })
    .to_string()
}

fn instance_value(pool: &Arc<ServerPool>, number: u64, state: &InstanceState) -> Value {
    let phase = match state.phase {
        Phase::Starting => "starting",
        Phase::Ready => "ready",
        Phase::Retiring(_) => "retiring",
        Phase::Stopping(_) => "stopping",
    };
    let instance = pool.instance(number);
    json!({
        "id": instance_id(&pool.name, number),
        "pid": instance.as_ref().map(|instance| instance.pid),
        "phase": phase,
        "leases": state.leases,
        "calls": state.calls,
        "sessions": state.sessions,
        "createdAt": epoch_ms(state.born),
        "lastUsedAt": epoch_ms(state.last_used),
        "memoryMB": megabytes(state.memory_bytes),
        "healthy": instance.is_some_and(|instance| !instance.connection.is_closed()),
        "dedicated": state.is_dedicated(),
    })
}

impl Shared {
    /// What is known of a lease and the instance that it is on; `None`: it was released.
    pub(super) fn lease_json(&self, lease: u64) -> Option<String> {
        let pool = self.leases.pool_of(lease)?;
        let (number, session) = pool.look(|state| state.lease(lease))?;
        let mut info =
            number.map_or_else(|| json!({ "healthy": false }), |number| on_instance(&pool, number));
        if let (Some(session), Some(fields)) = (session, info.as_object_mut()) {
            fields.insert("sessionId".to_owned(), json!(session));
        }
        Some(info.to_string())
    }
}

fn on_instance(pool: &Arc<ServerPool>, number: u64) -> Value {
    let id = instance_id(&pool.name, number);
    let (Some(instance), Some((last_used, memory))) = (
        pool.instance(number),
        pool.look(|state: &PoolState| state.instance(number).map(|it| (it.last_used, it.memory_bytes))),
    ) else {
        return json!({ "id": id, "healthy": false });
    };
    let created = instance.created.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let unused = Instant::now().saturating_duration_since(last_used);
    json!({
        "id": id,
        "pid": instance.pid,
        "createdAt": u64::try_from(created).unwrap_or_default(),
        "lastUsedAt": epoch_ms(Instant::now().checked_sub(unused).unwrap_or(last_used)),
        "memoryMB": megabytes(memory),
        "healthy": !instance.connection.is_closed(),
    })
}
