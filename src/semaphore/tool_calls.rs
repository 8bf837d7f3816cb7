//! The limiter of tool calls: one for the process, one queue for all its threads.

use std::sync::{Arc, OnceLock};

use super::limiter::Limiter;

static LIMITER: OnceLock<Arc<Limiter>> = OnceLock::new();

/// The limiter; whoever asks first decides its size, later it is changed by resizing.
#[must_use]
pub fn limiter(limit: u32, max_queue: u32) -> &'static Arc<Limiter> {
    LIMITER.get_or_init(|| Limiter::new(limit, max_queue))
}
