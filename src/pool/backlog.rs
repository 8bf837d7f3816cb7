//! Whether the calls that wait are worth another process. Pure.
//!
//! | the calls that wait | |
//! |---|---|
//! | would all be under way sooner than a start takes | wait: whoever is started for them would come too late, and takes memory and a core from those who serve |
//! | would not | worth a start |
//! | have waited for as long as a start takes, whatever was expected | worth a start: the expectation was wrong |
//! | of a server of which too little is known | worth a start |
//!
//! By Little's law `n` calls that are served at the same time and take `t` each make room for `n / t` a second. Leases are another matter: when
//! one ends nobody knows.

use std::time::Duration;

/// The calls that wait for any instance, and what is known of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backlog {
    pub(crate) waiting: usize,
    /// Of the oldest one so far.
    pub(crate) oldest_wait: Duration,
    /// In flight where they make room for one that waits, and places on what is starting.
    pub(crate) served_together: usize,
    /// What a call took lately; `None`: too few to tell.
    pub(crate) service: Option<Duration>,
    /// What a start takes; `None`: none was seen.
    pub(crate) start: Option<Duration>,
}

impl Backlog {
    /// How long to wait at most before a start is worth it; `None`: it is now.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let (service, start) = (self.service?, self.start?);
        let left = start.checked_sub(self.oldest_wait).filter(|left| !left.is_zero())?;
        (self.served_within(service)? < start.as_secs_f64()).then_some(left)
    }

    /// Seconds until the last of them is under way.
    fn served_within(&self, service: Duration) -> Option<f64> {
        let together = self.served_together;
        (together > 0).then(|| service.as_secs_f64() * self.waiting as f64 / together as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn us(us: u64) -> Duration {
        Duration::from_micros(us)
    }

    /// 48 calls wait for 16 that take 160 µs each, of a server that starts in 30 ms.
    const QUICK: Backlog = Backlog {
        waiting: 48,
        oldest_wait: Duration::ZERO,
        served_together: 16,
        service: Some(us(160)),
        start: Some(us(30_000)),
    };

    #[test]
    fn what_is_served_sooner_than_a_start_takes_waits() {
        assert_eq!(QUICK.patience(), Some(us(30_000)));
        let slow = Backlog { service: Some(us(20_000)), ..QUICK };
        assert_eq!(slow.patience(), None, "60 ms");
        assert_eq!(Backlog { waiting: 16, ..slow }.patience(), Some(us(30_000)), "20 ms");
    }

    #[test]
    fn nobody_waits_for_longer_than_a_start_takes() {
        let waited = |ms: u64| Backlog { oldest_wait: us(ms * 1000), ..QUICK };
        assert_eq!(waited(29).patience(), Some(us(1000)));
        assert_eq!((waited(30).patience(), waited(31).patience()), (None, None));
    }

    #[test]
    fn what_is_not_known_is_not_waited_for() {
        for unknown in [
            Backlog { service: None, ..QUICK },
            Backlog { start: None, ..QUICK },
            Backlog { served_together: 0, ..QUICK },
        ] {
            assert_eq!(unknown.patience(), None, "{unknown:?}");
        }
    }
}
