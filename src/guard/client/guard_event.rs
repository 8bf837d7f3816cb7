//! What comes from a guard: the events of the protocol with the descriptors that came beside them in their place.

use std::io;
use std::os::fd::OwnedFd;

use crate::guard::protocol::{Event, FirstExited, Ready, Refused, SpawnFailed, Started, UnitEnd};
use crate::sys::procfs;

/// What came from a guard.
#[derive(Debug)]
pub enum Received {
    /// An event.
    Event(Box<GuardEvent>),
    /// Nothing now: wait until the socket is readable.
    WouldBlock,
    /// The guard closed its end: it left or died.
    End,
}

/// [`Event`] with its descriptors in place.
#[derive(Debug)]
pub enum GuardEvent {
    /// The guard takes requests.
    Ready(Ready),
    /// A unit runs; the pidfd is its first process's. `None` where this host has no descriptor left for it.
    Started(Started, Option<OwnedFd>),
    /// A unit could not be started; see [`super::spawn_error`].
    SpawnFailed(SpawnFailed),
    /// The guard does not act for this host: start another.
    Refused(Refused),
    /// The first process of a unit ended. Not sent when the shim was lost.
    FirstExited(FirstExited),
    /// The first process of a unit on a terminal was stopped; [`Request::Continue`] continues it.
    Stopped {
        /// Which unit.
        unit: u64,
        /// The signal that stopped it.
        signal: String,
    },
    /// The end of a unit.
    Ended {
        /// Which unit.
        unit: u64,
        /// How.
        end: Box<UnitEnd>,
        /// False: somebody on the way had no descriptor left for the report, and its lists are cut.
        whole: bool,
    },
}

impl GuardEvent {
    /// An event, and the descriptors that came beside it, if they came.
    ///
    /// # Errors
    /// `InvalidData` when the report of a unit is none.
    pub(super) fn with_fds(event: Event, mut fds: Vec<OwnedFd>) -> io::Result<Self> {
        Ok(match event {
            Event::Ready(ready) => Self::Ready(ready),
            Event::Started(started) => {
                let hold = fds.pop().or_else(|| procfs::hold(&started.identity).ok());
                Self::Started(started, hold)
            }
            Event::SpawnFailed(failed) => Self::SpawnFailed(failed),
            Event::Refused(refused) => Self::Refused(refused),
            Event::FirstExited(exited) => Self::FirstExited(exited),
            Event::Stopped { unit, signal } => Self::Stopped { unit, signal },
            Event::Ended { unit, report } => {
                let (end, whole) = UnitEnd::unpack(&report, fds)?;
                Self::Ended { unit, end: Box::new(end), whole }
            }
        })
    }
}
