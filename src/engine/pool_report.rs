//! Pools as JSON: what JavaScript shows of them; and the instance behind a lease.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::instance::Instance;
use super::pool_events::{epoch_ms, megabytes};
use super::pool_hands::ServerPool;
use super::shared::Shared;
use crate::mcp::config::settings_json;
use crate::pool::{InstanceState, Phase, Summary, instance_id};

/// `PoolStats` of the contract, and more.
#[expect(clippy::cast_precision_loss, reason = "an average for people")]
pub(super) fn stats_json(pool: &Arc<ServerPool>) -> String {
    let (figures, instances, settings, times) = pool.look(|state| {
        let instances: Vec<_> = state.instances().map(|(number, it)| (number, it.clone())).collect();
        (state.figures(), instances, state.settings().clone(), state.times())
    });
    let healthy =
        |number: &u64| pool.instance(*number).is_some_and(|instance| !instance.connection.is_closed());
    let counters = figures.counters;
    json!({
        "totalInstances": figures.instances,
        "healthyInstances": instances.iter().filter(|(number, it)| it.phase == Phase::Ready && it.healthy && healthy(number)).count(),
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
        "replacements": figures.replacements,
        "sessions": figures.sessions,
        "limits": settings_json(&settings),
        "waitMs": summary_value(&times.wait),
        "startMs": summary_value(&times.start),
        "serviceMs": summary_value(&times.service),
        "instances": instances.iter().map(|(number, it)| instance_value(pool, *number, it)).collect::<Vec<_>>(),
    })
    .to_string()
}

/// Milliseconds, to the microsecond.
fn summary_value(summary: &Summary) -> Value {
    let ms = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    json!({ "count": summary.count, "p50": ms(summary.p50), "p90": ms(summary.p90), "p99": ms(summary.p99), "max": ms(summary.max) })
}

fn instance_value(pool: &Arc<ServerPool>, number: u64, state: &InstanceState) -> Value {
    let phase = match state.phase {
        Phase::Starting => "starting",
        Phase::Ready => "ready",
        Phase::Retiring(_) => "retiring",
        Phase::Leaving(_) => "leaving",
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
        "tasks": state.tasks.len(),
        "createdAt": epoch_ms(state.born),
        "lastUsedAt": epoch_ms(state.last_used),
        "memoryMB": megabytes(state.memory_bytes),
        "healthy": state.healthy && instance.is_some_and(|instance| !instance.connection.is_closed()),
        "dedicated": state.is_dedicated(),
    })
}

impl Shared {
    /// What the instance of a lease said of itself, raw JSON; `None`: one of them is gone.
    pub(super) fn lease_handshake(&self, lease: u64) -> Option<String> {
        let instance = self.instance_of(lease)?;
        Some(String::from_utf8_lossy(instance.session.handshake().result()).into_owned())
    }

    /// Tells the instance of a lease something that it does not answer. False: one of them is gone.
    pub(super) fn lease_notify(&self, lease: u64, method: &str, params: &[u8]) -> bool {
        self.instance_of(lease)
            .is_some_and(|instance| instance.connection.notify(method, params).unwrap_or(false))
    }

    fn instance_of(&self, lease: u64) -> Option<Arc<Instance>> {
        let pool = self.leases.pool_of(lease)?;
        let (number, _) = pool.look(|state| state.lease(lease))?;
        pool.instance(number?)
    }
}
