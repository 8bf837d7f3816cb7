//! What a holder may know of its instance, as numbers; `lib/api/pool/lease-info.js` reads them in this order.

use super::convert::as_f64;
use super::numbers::Numbers;
use crate::engine::LeaseInfo;

/// No instance has this number, and no process this pid.
const NONE: f64 = 0.0;

/// Writes what is known into memory of JavaScript's. False: nothing is, and the memory stays as it was.
pub(super) fn write(info: Option<&LeaseInfo>, room: &mut [u8]) -> bool {
    let Some(info) = info else { return false };
    let instance = info.instance.map_or(NONE, as_f64);
    let process = info.process.map_or([NONE; 5], |process| {
        let healthy = if process.healthy { 1.0 } else { 0.0 };
        [f64::from(process.pid), process.created_at, process.last_used_at, process.memory_mb, healthy]
    });
    let mut numbers = Numbers::from_the_first(room);
    numbers.push([instance]);
    numbers.push(process);
    true
}
