//! A running guard, as its host sees it.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::binary::guard_error;
use super::guard_event::{GuardEvent, Received};
use super::{GuardBinary, GuardOptions};
use crate::guard::names::GUARD;
use crate::guard::protocol::{GUARD_SOCKET, MAX_FRAME, Request, VERSION, decode, encode, read_hello};
use crate::model::{Error, ErrorCode, Result, TerminalMode};
use crate::sys::spawn::{Daemon, Leads};
use crate::sys::wait::ExitStatus;
use crate::sys::{fd, pidfd, seqpacket, spawn, wait};

/// A guard. Dropping it closes the socket, at which the guard ends every unit and leaves; its zombie stays until [`Guard::reap`] or
/// the end of the host.
#[derive(Debug)]
pub struct Guard {
    socket: OwnedFd,
    hold: Arc<OwnedFd>,
    pid: i32,
    path: PathBuf,
    greeted: AtomicBool,
}

/// Whether a request is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is.
    Sent,
    /// The socket is full: try again when it is writable. Nothing was sent.
    WouldBlock,
}

impl Guard {
    /// Starts a guard for this process. From any thread; waits for nothing but the exec.
    ///
    /// # Errors
    /// [`ErrorCode::Guard`] when the program cannot be run.
    pub fn start(binary: &GuardBinary, options: &GuardOptions) -> Result<Self> {
        Self::spawn(binary, options).map_err(|error| {
            let place = binary.path().display();
            guard_error(
                binary.path(),
                format!("the guard {place} could not be started: {error}; {}", advice(&error)),
            )
        })
    }

    fn spawn(binary: &GuardBinary, options: &GuardOptions) -> io::Result<Self> {
        let (socket, theirs) = seqpacket::pair()?;
        let theirs = fd::out_of_the_way(theirs)?;
        let mode = options.terminal.map_or("", TerminalMode::word);
        let argv = [
            CString::from(GUARD),
            CString::new(VERSION)?,
            CString::new(std::process::id().to_string())?,
            CString::new(mode)?,
        ];
        let env = options.environment()?;
        let daemon = Daemon {
            program: binary.as_fd(),
            argv: &argv,
            leads: if options.terminal.is_some() { Leads::Group } else { Leads::Session },
            env: &env,
            channel: theirs.as_fd(),
            channel_number: GUARD_SOCKET,
        };
        let pid = spawn::daemon(&daemon)?;
        // Nobody but this process may reap it, so the number is still its own.
        let hold = Arc::new(pidfd::open(pid)?);
        Ok(Self { socket, hold, pid, path: binary.path().to_owned(), greeted: AtomicBool::new(false) })
    }

    /// The guard's pid.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Readable when the guard has ended.
    #[must_use]
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.hold.as_fd()
    }

    /// The same, for somebody who watches it.
    pub(crate) fn shared_pidfd(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.hold)
    }

    /// Closes the socket for good, whoever else has it open: a guard that still runs ends every unit and leaves.
    pub(crate) fn hang_up(&self) {
        seqpacket::hang_up(self.socket.as_fd());
    }

    /// Sends a request whole, or not at all. A spawn carries the sealed command and three streams.
    ///
    /// # Errors
    /// EPIPE and ECONNRESET when the guard is gone, `InvalidInput` for a request larger than a frame.
    pub fn send(&self, request: &Request, fds: &[BorrowedFd<'_>]) -> io::Result<Sent> {
        match seqpacket::send(self.socket.as_fd(), &encode(request)?, fds) {
            Ok(()) => Ok(Sent::Sent),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Sent::WouldBlock),
            Err(error) => Err(error),
        }
    }

    /// Takes what the guard sent.
    ///
    /// # Errors
    /// [`ErrorCode::Guard`] when the guard is of another version or breaks the protocol; drop it then.
    pub fn recv(&self) -> Result<Received> {
        let mut buffer = [0; MAX_FRAME];
        loop {
            let message = match seqpacket::receive(self.socket.as_fd(), &mut buffer) {
                Ok(message) if message.size == 0 => return self.ended(),
                Ok(message) => message,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Received::WouldBlock),
                // It left before it had read all; what it said before is read next, and its version may be in it.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => continue,
                Err(error) => return Err(self.broken(&error)),
            };
            let frame = buffer.get(..message.size).unwrap_or_default();
            if self.greeted.load(Ordering::Relaxed) {
                let event = decode(frame).and_then(|event| GuardEvent::with_fds(event, message.fds));
                return event
                    .map(|event| Received::Event(Box::new(event)))
                    .map_err(|error| self.broken(&error));
            }
            self.check_version(frame)?;
            self.greeted.store(true, Ordering::Relaxed);
        }
    }

    /// Takes the exit status of a guard that has ended, once; `None` while it lives.
    ///
    /// # Errors
    /// ECHILD when it was taken already, or when this process discards its children (SIGCHLD ignored).
    pub fn reap(&self) -> io::Result<Option<ExitStatus>> {
        wait::reap_pidfd(self.hold.as_fd())
    }

    fn ended(&self) -> Result<Received> {
        if self.greeted.load(Ordering::Relaxed) {
            return Ok(Received::End);
        }
        let place = self.path.display();
        let text = format!("{place} ended before it said that it is a guard; reinstall the package");
        Err(guard_error(&self.path, text))
    }

    fn check_version(&self, frame: &[u8]) -> Result<()> {
        let place = self.path.display();
        match read_hello(frame) {
            Some(VERSION) => Ok(()),
            Some(version) => {
                let text = format!(
                    "the guard {place} is of version {version} and this package of {VERSION}; reinstall the package so that \
                     both come from one version"
                );
                Err(guard_error(&self.path, text).detail("guardVersion", version).detail("version", VERSION))
            }
            None => Err(guard_error(&self.path, format!("{place} is not a guard; reinstall the package"))),
        }
    }

    fn broken(&self, error: &io::Error) -> Error {
        let text = format!(
            "the guard (pid {}) sent what is no message: {error}; this is a bug of procman",
            self.pid
        );
        Error::new(ErrorCode::Guard, text).detail("pid", self.pid)
    }
}

impl AsFd for Guard {
    /// The socket: non-blocking, readable when there is something to receive, writable when there is room.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl std::os::fd::AsRawFd for Guard {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.socket.as_raw_fd()
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EAGAIN | libc::ENOMEM) => "this user or machine is at its limit of processes or memory",
        Some(libc::EMFILE | libc::ENFILE) => "close descriptors or raise the limit (ulimit -n)",
        Some(libc::ENOENT) => {
            "its loader or a library is missing: install the package for this machine's libc, and mount /proc"
        }
        Some(libc::ENOEXEC) => "it is built for another machine: reinstall the package on this one",
        _ => "check that this user may run it",
    }
}
