//! One member of a stop, held by a descriptor from choosing to signalling.
//!
//! The order is the protocol: the descriptor first, **then** who it is, whose it is and why it was chosen are read once more, **then** it is
//! signalled through the descriptor, **then** the descriptor says that it is dead. Nothing of it can hit a later process of that number.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use crate::model::{ProcessIdentity, ProcessInfo};
use crate::process::{Backend, keep};
use crate::sys::poll::PollSet;
use crate::sys::process_folder::ProcessFolder;
use crate::sys::procfs::{self, START_TIME};
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
        /// Whose it is now.
        uid: u32,
        /// It has the mark that people protect it by.
        kept: bool,
    },
    /// It is gone; whoever has its number is a stranger.
    Gone,
}

impl Hold {
    /// Takes hold of a process that a table named. `spare`: there are descriptors to keep one open.
    pub(super) fn take(chosen: &ProcessInfo, backend: Backend, spare: bool) -> Taken {
        match backend {
            Backend::Linux => Self::by_pidfd(chosen, spare),
            Backend::Portable => Self::by_look(chosen),
        }
    }

    fn by_pidfd(chosen: &ProcessInfo, spare: bool) -> Taken {
        let pid = chosen.identity.pid;
        let pidfd = if spare { pidfd::open(pid) } else { Err(io::ErrorKind::Unsupported.into()) };
        let pidfd = match pidfd {
            Ok(pidfd) => Some(pidfd),
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return Taken::Gone,
            Err(_) => None,
        };
        let Ok(folder) = ProcessFolder::open(pid) else { return Taken::Gone };
        let Ok(now) = folder.stat() else { return Taken::Gone };
        let token = procfs::token(pidfd.as_ref().map(AsFd::as_fd), now.start_ticks);
        let unheld = || procfs::look(pid).is_some_and(|(identity, _)| identity == chosen.identity);
        let same_token = token == chosen.identity.start_token || pidfd.is_none() && unheld();
        // A start time proves little: its place in the tree must be the same too. From here on the descriptor is the proof.
        let same_place = (now.ppid, now.pgid, now.sid) == (chosen.ppid, chosen.pgid, chosen.sid);
        if !same_token || token.starts_with(START_TIME) && !same_place {
            return Taken::Gone;
        }
        let kept = keep::is_kept(&folder);
        // Read through a folder that was opened after the descriptor: if that process is not reaped yet, both are the same one's.
        let way = pidfd.map_or(Way::Look(Backend::Linux), Way::Pidfd);
        let hold = Self { identity: chosen.identity.clone(), way };
        if hold.is_reaped() { Taken::Gone } else { Taken::Held { hold, uid: now.uid, kept } }
    }

    fn by_look(chosen: &ProcessInfo) -> Taken {
        let hold = Self { identity: chosen.identity.clone(), way: Way::Look(Backend::Portable) };
        if hold.is_dead() {
            return Taken::Gone;
        }
        Taken::Held { hold, uid: chosen.uid, kept: keep::is_kept_pid(chosen.identity.pid) }
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// ESRCH when it is gone, EPERM when it is another user's.
    pub(super) fn signal(&self, signal: i32) -> io::Result<()> {
        match &self.way {
            Way::Pidfd(pidfd) => pidfd::send_signal(pidfd.as_fd(), signal),
            Way::Look(backend) => self::signal(*backend, &self.identity, signal),
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

    fn is_reaped(&self) -> bool {
        self.signal(0).is_err_and(|error| error.raw_os_error() == Some(libc::ESRCH))
    }
}

/// Sends a signal to the process with this identity and to no other, as well as the backend can tell them apart.
///
/// # Errors
/// ESRCH when it is gone, EPERM when it is another user's.
pub(super) fn signal(backend: Backend, identity: &ProcessIdentity, signal: i32) -> io::Result<()> {
    match backend {
        Backend::Linux => procfs::signal_by_identity(identity, signal),
        Backend::Portable => portable::signal(identity, signal),
    }
}
