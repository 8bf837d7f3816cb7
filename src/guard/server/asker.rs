//! Who asks: the host, and as whom it acts at this moment.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::guard::protocol::RefusalReason;
use crate::sys::host_identity::{self, Credentials};
use crate::sys::{pidfd, prctl};

/// The host of this guard.
pub(super) struct Asker {
    pid: i32,
    hold: OwnedFd,
    own: Credentials,
}

impl Asker {
    /// Takes hold of the host; `None` when it is gone already.
    pub(super) fn of_host(pid: i32) -> io::Result<Option<Self>> {
        if prctl::parent() != pid {
            return Ok(None);
        }
        let hold = pidfd::open(pid)?;
        // The number may have been given on between the two lines.
        if prctl::parent() != pid {
            return Ok(None);
        }
        let (own, _) = host_identity::read(prctl::own_pid())?;
        Ok(Some(Self { pid, hold, own }))
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// Readable when the host has ended.
    pub(super) fn hold(&self) -> BorrowedFd<'_> {
        self.hold.as_fd()
    }

    pub(super) fn is_dead(&self) -> bool {
        pidfd::is_dead(self.hold())
    }

    /// The host's umask, if this guard may act for the host as it is now.
    pub(super) fn check(&self) -> Result<u32, RefusalReason> {
        let read = host_identity::read(self.pid);
        // Read while it was alive, so it was the host's.
        if self.is_dead() {
            return Err(RefusalReason::Leaving);
        }
        match read {
            Ok((credentials, umask)) if credentials == self.own => Ok(umask),
            Ok(_) => Err(RefusalReason::Identity),
            Err(_) => Err(RefusalReason::IdentityUnreadable),
        }
    }
}
