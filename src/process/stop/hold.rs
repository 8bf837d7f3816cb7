//! One member of a stop, held by a descriptor from choosing to signalling.
//!
//! The order is the protocol: the descriptor first, **then** who it is, whose it is and why it was chosen are read once more, **then** it is
//! signalled through the descriptor, **then** the descriptor says that it is dead. Nothing of it can hit a later process of that number.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use super::lookout::{Lookout, is_older_than};
use crate::model::{ProcessIdentity, ProcessInfo};
use crate::process::{Backend, ProcessTable, keep};
use crate::sys::poll::PollSet;
use crate::sys::process_folder::ProcessFolder;
use crate::sys::procfs::{self, Stat};
use crate::sys::{pidfd, portable};

/// Between two looks at somebody without a descriptor.
const UNHELD_STEP: Duration = Duration::from_millis(5);

/// A process that cannot be confused with another as long as this is open.
#[derive(Debug)]
pub(super) struct Hold {
    identity: ProcessIdentity,
    way: Way,
}

/// How it is held.
#[derive(Debug)]
enum Way {
    /// By the kernel's word.
    Pidfd(OwnedFd),
    /// This process is out of descriptors, or the backend has none: the identity is looked at for each signal.
    Look(Backend),
}

/// What the second look found.
#[derive(Debug)]
pub(super) enum Taken {
    /// The same process.
    Held {
        /// The way to it.
        hold: Hold,
        /// What it is now.
        info: Box<ProcessInfo>,
        /// It has the mark that people protect it by.
        kept: bool,
    },
    /// It is gone; whoever has its number is a stranger.
    Gone,
    /// Somebody has its number who began when the look did, and stands elsewhere by now: only another look can tell.
    Unsettled,
}

/// Why a process was chosen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'a> {
    /// Its number was named.
    ByNumber,
    /// Its place in this look proves that it belongs.
    InPlace(&'a ProcessTable),
}

impl Hold {
    /// Takes hold of a process that a look named. `spare`: there are descriptors to keep one open.
    pub(super) fn take(seen: &ProcessInfo, how: Seen<'_>, lookout: &Lookout<'_>, spare: bool) -> Taken {
        match lookout.backend {
            Backend::Linux => Self::by_pidfd(seen, how, lookout, spare),
            Backend::Portable => Self::by_look(seen),
        }
    }

    fn by_pidfd(seen: &ProcessInfo, how: Seen<'_>, lookout: &Lookout<'_>, spare: bool) -> Taken {
        let pid = seen.identity.pid;
        let pidfd = if spare { pidfd::open(pid) } else { Err(io::ErrorKind::Unsupported.into()) };
        let pidfd = match pidfd {
            Ok(pidfd) => Some(pidfd),
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return Taken::Gone,
            Err(_) => None,
        };
        let Ok(folder) = ProcessFolder::open(pid) else { return Taken::Gone };
        let Ok(now) = folder.stat() else { return Taken::Gone };
        if lookout.started_at(&now) != seen.started_at {
            return Taken::Gone;
        }
        if let Seen::InPlace(look) = how
            && !is_proved(seen, &now, look)
        {
            return Taken::Unsettled;
        }
        let identity = match &pidfd {
            Some(pidfd) => procfs::identity(pid, pidfd.as_fd(), now.start_ticks),
            None => match procfs::look(pid) {
                Some((identity, stat)) if stat.start_ticks == now.start_ticks => identity,
                _ => return Taken::Gone,
            },
        };
        let kept = keep::is_kept(&folder);
        let info =
            Box::new(ProcessInfo { orphan: seen.orphan, ..lookout.describe(&folder, now, identity.clone()) });
        // Read through a folder that was opened after the descriptor: if that process is not reaped yet, both are the same one's.
        let way = pidfd.map_or(Way::Look(Backend::Linux), Way::Pidfd);
        let hold = Self { identity, way };
        if hold.is_reaped() { Taken::Gone } else { Taken::Held { hold, info, kept } }
    }

    fn by_look(seen: &ProcessInfo) -> Taken {
        let hold = Self { identity: seen.identity.clone(), way: Way::Look(Backend::Portable) };
        if hold.is_dead() {
            return Taken::Gone;
        }
        Taken::Held { hold, info: Box::new(seen.clone()), kept: keep::is_kept_pid(seen.identity.pid) }
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// ESRCH when it is gone, EPERM when it is another user's.
    pub(super) fn signal(&self, signal: i32) -> io::Result<()> {
        match &self.way {
            Way::Pidfd(pidfd) => pidfd::send_signal(pidfd.as_fd(), signal),
            Way::Look(Backend::Linux) => procfs::signal_by_identity(&self.identity, signal),
            Way::Look(Backend::Portable) => portable::signal(&self.identity, signal),
        }
    }

    /// Whether it has ended: a zombie is dead, a leader whose threads live on is not.
    pub(super) fn is_dead(&self) -> bool {
        match &self.way {
            Way::Pidfd(pidfd) => pidfd::is_dead(pidfd.as_fd()),
            Way::Look(Backend::Linux) => procfs::look(self.identity.pid)
                .is_none_or(|(identity, stat)| identity != self.identity || stat.is_dead()),
            Way::Look(Backend::Portable) => !portable::is_alive(&self.identity),
        }
    }

    /// Waits until it is dead, at most so long; without a descriptor only a moment.
    pub(super) fn wait(&self, limit: Duration) {
        let mut set = PollSet::default();
        let limit = match &self.way {
            Way::Pidfd(pidfd) => {
                set.add(pidfd.as_fd(), libc::POLLIN);
                limit
            }
            Way::Look(_) => limit.min(UNHELD_STEP),
        };
        // Whoever asks looks again.
        let _ = set.wait(Some(limit));
    }

    /// Whether nobody has it as a zombie either: its number may be a stranger's.
    pub(super) fn is_reaped(&self) -> bool {
        self.signal(0).is_err_and(|error| error.raw_os_error() == Some(libc::ESRCH))
    }
}

/// Whether it is the process that was seen, or belongs as well: of those who began after a look did there may have been two with one number,
/// but one that stands in the same place belongs by the same proof.
fn is_proved(seen: &ProcessInfo, now: &Stat, look: &ProcessTable) -> bool {
    is_older_than(seen, look) || (now.ppid, now.pgid, now.sid) == (seen.ppid, seen.pgid, seen.sid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the look somebody was a child of 10, and began at `started_at`; the look was made at 1000.
    fn is_proved_by(now: (i32, i32, i32), started_at: f64) -> bool {
        let identity = ProcessIdentity { pid: 20, start_token: "?".to_owned(), boot_id: String::new() };
        let seen = ProcessInfo { ppid: 10, pgid: 20, sid: 5, started_at, ..ProcessInfo::unread(identity) };
        let mut stat = procfs::stat(std::process::id().cast_signed()).unwrap();
        (stat.ppid, stat.pgid, stat.sid) = now;
        is_proved(&seen, &stat, &ProcessTable::new(vec![seen.clone()], "boot", 1000.0))
    }

    #[test]
    fn who_is_older_than_the_look_is_who_was_seen_wherever_it_stands() {
        assert!(is_proved_by((1, 20, 5), 900.0), "its parent has ended since");
    }

    #[test]
    fn who_is_younger_than_the_look_belongs_only_in_the_same_place() {
        assert!(is_proved_by((10, 20, 5), 995.0));
        for moved in [(1, 20, 5), (10, 21, 5), (10, 20, 20)] {
            assert!(!is_proved_by(moved, 995.0), "{moved:?}");
        }
    }
}
