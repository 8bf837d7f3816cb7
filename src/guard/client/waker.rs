//! The host's side of the waker: who is stopped is told before it is.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use super::GuardBinary;
use crate::guard::names::GUARD;
use crate::guard::protocol::GUARD_SOCKET;
use crate::guard::waker::{TAKEN_BACK, WAKER_ARGUMENT, line};
use crate::model::ProcessIdentity;
use crate::sys::spawn::{self, Daemon, Leads};
use crate::sys::{fd, pidfd, poll, wait};

/// It has nothing left to do when it is told so.
const END_LIMIT: Duration = Duration::from_secs(1);

/// A running waker. Dropped, it continues everybody whom it was told of and who was not taken back.
#[derive(Debug)]
pub(crate) struct Waker {
    pipe: Option<File>,
    hold: OwnedFd,
}

impl Waker {
    /// Starts one.
    ///
    /// # Errors
    /// What `pipe(2)` and `posix_spawn(3)` say.
    pub(crate) fn start(binary: &GuardBinary) -> io::Result<Self> {
        let (theirs, ours) = fd::pipe()?;
        let theirs = fd::out_of_the_way(theirs)?;
        let argv = [CString::from(GUARD), CString::new(WAKER_ARGUMENT)?];
        let daemon = Daemon {
            program: binary.as_fd(),
            argv: &argv,
            leads: Leads::Session,
            env: &[],
            channel: theirs.as_fd(),
            channel_number: GUARD_SOCKET,
        };
        let pid = spawn::daemon(&daemon)?;
        // Nobody but this process may reap it, so the number is still its own.
        Ok(Self { pipe: Some(File::from(ours)), hold: pidfd::open(pid)? })
    }

    /// These are about to be stopped.
    ///
    /// # Errors
    /// EPIPE when the waker is gone: then nobody may be stopped.
    pub(crate) fn tell(&mut self, stopped: &[&ProcessIdentity]) -> io::Result<()> {
        let text: String = stopped.iter().map(|identity| line(identity)).collect();
        self.write(&text)
    }

    /// Nobody is stopped any more.
    pub(crate) fn take_back(&mut self) {
        // A waker that is gone wakes nobody.
        let _ = self.write(&format!("{TAKEN_BACK}\n"));
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.pipe.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(text.as_bytes())
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        drop(self.pipe.take());
        poll::is_ready(self.hold.as_fd(), libc::POLLIN, END_LIMIT);
        // Where this process discards its children there is nothing to take.
        let _ = wait::reap_pidfd(self.hold.as_fd());
    }
}
