//! What time brings to a pool.

use std::sync::Arc;

use super::Pool;
use crate::pool::hands::Hands;

impl<H: Hands> Pool<H> {
    /// Until nothing is left of the instances of this moment.
    pub(crate) async fn wait_until_gone(&self) {
        let of_now: Vec<u64> = self.look(|state| state.holdings.instances.keys().copied().collect());
        loop {
            let gone = self.gone.notified();
            if self.look(|state| !of_now.iter().any(|number| state.holdings.instances.contains_key(number))) {
                return;
            }
            gone.await;
        }
    }

    /// Runs on the engine thread until the pool is closed and empty: does what time brings.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        loop {
            let next = self.act(|inner, now| {
                inner.armed = inner.state.tick(now);
                inner.armed
            });
            if self.look(|state| state.closed && state.holdings.instances.is_empty()) {
                return;
            }
            match next {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at.into()) => {}
                    () = self.earlier.notified() => {}
                },
                None => self.earlier.notified().await,
            }
        }
    }
}
