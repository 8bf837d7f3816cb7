//! The limiter of tool calls: one for the process, one queue for all its threads.

use std::sync::{Arc, OnceLock};

use super::gate::Gate;
use super::limiter::{Limiter, Member};
use crate::model::{Error, ErrorCode, Result};

static LIMITER: OnceLock<Arc<Limiter>> = OnceLock::new();

/// The limiter; whoever asks first decides its size, later it is changed by resizing.
///
/// # Errors
/// `ERR_INVALID_ARGUMENT` for a limit of 0, under which every call would wait for ever.
pub fn limiter(limit: u32, max_queue: u32) -> Result<&'static Arc<Limiter>> {
    if limit == 0 {
        let message = "maxConcurrent must be an integer of 1 or more; got 0";
        return Err(Error::new(ErrorCode::InvalidArgument, message).detail("argument", "maxConcurrent"));
    }
    Ok(LIMITER.get_or_init(|| Limiter::new(limit, max_queue)))
}

/// The gate of that limiter, for the first of its members that asks.
#[must_use]
pub fn gate(member: &Member) -> Option<&'static Gate> {
    member.gate()?;
    LIMITER.get().map(|limiter| limiter.gate())
}
