//! Clocks that the standard library does not offer.
#![expect(unsafe_code, reason = "clock_gettime of other clocks and sysconf have no safe form in std")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since boot, suspended time included: the base of `/proc/<pid>/stat` start times.
#[must_use]
pub fn since_boot() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid, exclusive timespec for the length of the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    if result != 0 {
        return Duration::ZERO;
    }
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Processor time of the calling thread so far: what its work costs, however long others keep it waiting.
#[must_use]
pub fn thread_cpu_time() -> Duration {
    let mut used = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `used` is a valid, exclusive timespec for the length of the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut used) };
    if result != 0 {
        return Duration::ZERO;
    }
    Duration::new(used.tv_sec.unsigned_abs(), u32::try_from(used.tv_nsec).unwrap_or(0))
}

/// Ticks per second of `/proc/<pid>/stat`.
#[must_use]
pub fn ticks_per_second() -> u64 {
    // SAFETY: sysconf reads no memory of ours.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks).ok().filter(|ticks| *ticks > 0).unwrap_or(100)
}

/// Bytes per page of `/proc/<pid>/stat`.
#[must_use]
pub fn page_size() -> u64 {
    // SAFETY: sysconf reads no memory of ours.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(size).ok().filter(|size| *size > 0).unwrap_or(4096)
}

/// Ticks as milliseconds.
#[must_use]
pub fn ticks_to_ms(ticks: u64) -> f64 {
    Duration::from_millis(ticks.saturating_mul(1000) / ticks_per_second()).as_secs_f64() * 1000.0
}

/// When the machine started by the wall clock of now, milliseconds since the epoch.
#[must_use]
pub fn boot_ms() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(since_boot()).as_secs_f64() * 1000.0
}
