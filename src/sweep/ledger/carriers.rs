//! Who carries the cookie of a dead guard: readings of `/proc`, and signals to those whom they found.
//!
//! What cannot be read is an error and never "nobody": a ledger is removed on the strength of an empty reading.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::places::place_all;
use super::rounds::Place;
use crate::guard::SHIM_NAME;
use crate::model::{ProcessIdentity, ProcessInfo};
use crate::process::{self, KEEP_MARK};
use crate::sys::{environ, host_identity, pidfd, prctl, procfs};

/// What is looked for.
#[derive(Debug)]
pub(super) struct Carriers {
    /// One for each ledger that is swept.
    markers: Vec<Vec<u8>>,
    uid: u32,
    /// This process and everybody above it.
    family: HashSet<i32>,
}

/// One who carries a cookie, and lives.
#[derive(Debug)]
pub(super) struct Carrier {
    /// Index of its marker.
    pub(super) ledger: usize,
    pub(super) process: ProcessInfo,
    pub(super) standing: Standing,
}

/// Whether it may be stopped.
#[derive(Debug)]
pub(super) enum Standing {
    /// Yes; seen here.
    Leftover(Place),
    /// No, and why.
    Protected(String),
}

/// One reading.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) carriers: Vec<Carrier>,
    /// Processes of the user that nobody may look into, with their start in ticks since boot.
    pub(super) unreadable: Vec<(i32, u64)>,
}

impl Carriers {
    pub(super) fn new(markers: Vec<Vec<u8>>, uid: u32) -> Self {
        Self { markers, uid, family: family() }
    }

    /// Takes the marker at this index, and with it its place, away.
    pub(super) fn forget(&mut self, index: usize) {
        self.markers.remove(index);
    }

    /// Whether this process or one above it carries this marker: it would have to end itself.
    pub(super) fn is_own(&self, marker: &[u8]) -> bool {
        let carries =
            |pid: &i32| environ::read(*pid).is_ok_and(|environ| environ::has_entry(&environ, marker));
        self.family.iter().any(carries)
    }

    /// Looks at every process once.
    ///
    /// # Errors
    /// When a process that is there cannot be looked at, for want of descriptors for example.
    pub(super) fn read(&self) -> io::Result<Reading> {
        let mut reading = Reading::default();
        for pid in procfs::all_pids()? {
            match environ::read(pid) {
                Ok(environ) => {
                    let marked = self.markers.iter().position(|marker| environ::has_entry(&environ, marker));
                    if let Some(ledger) = marked {
                        reading.carriers.extend(self.look(pid, ledger)?);
                    }
                }
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    reading.unreadable.extend(self.own_but_closed(pid));
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        place_all(&mut reading.carriers);
        Ok(reading)
    }

    /// Sends a signal to one that was found, if every rule still allows it: hold, look again, signal.
    ///
    /// # Errors
    /// When it was not sent.
    pub(super) fn signal(&self, carrier: &Carrier, number: i32) -> io::Result<()> {
        let pid = carrier.identity().pid;
        let hold = pidfd::open(pid)?;
        let (identity, _) = procfs::look(pid).ok_or(ErrorKind::NotFound)?;
        if identity != *carrier.identity() || self.why_protected(pid, carrier.ledger)?.is_some() {
            return Err(ErrorKind::NotFound.into());
        }
        pidfd::send_signal(hold.as_fd(), number)
    }

    /// First the hold, then the facts: what was read while the hold was good is of the process that is held.
    fn look(&self, pid: i32, ledger: usize) -> io::Result<Option<Carrier>> {
        let hold = match pidfd::open(pid) {
            Err(error) if is_gone(&error) => return Ok(None),
            hold => hold?,
        };
        let facts = self.facts(pid, ledger);
        if is_there(hold.as_fd()) { facts } else { Ok(None) }
    }

    fn facts(&self, pid: i32, ledger: usize) -> io::Result<Option<Carrier>> {
        let (identity, stat) = procfs::look(pid).ok_or(ErrorKind::Other)?;
        if stat.is_dead() || !self.carries(pid, ledger)? {
            return Ok(None);
        }
        let mut process = stat.into_info(identity);
        process::describe(&mut process);
        let standing = match self.why_protected(pid, ledger)? {
            Some(reason) => Standing::Protected(reason),
            // Whoever else takes the name is only treated with more patience.
            None if process.name == SHIM_NAME => Standing::Leftover(Place::Shim),
            None => Standing::Leftover(Place::Alone),
        };
        Ok(Some(Carrier { ledger, process, standing }))
    }

    fn carries(&self, pid: i32, ledger: usize) -> io::Result<bool> {
        let marker = self.markers.get(ledger).map(Vec::as_slice).unwrap_or_default();
        Ok(environ::has_entry(&environ::read(pid)?, marker))
    }

    /// The rules, read now.
    fn why_protected(&self, pid: i32, ledger: usize) -> io::Result<Option<String>> {
        let ([real, effective, _], uid) = (host_identity::uids(pid)?, self.uid);
        Ok(if !self.carries(pid, ledger)? {
            Some("it carries the cookie no longer".to_owned())
        } else if self.family.contains(&pid) {
            Some("it is this process, or one above it".to_owned())
        } else if real != uid || effective != uid {
            Some(format!("it runs as uid {effective}, and its ledger is of uid {uid}; stop it as that user"))
        } else if environ::has_entry(&environ::read(pid)?, KEEP_MARK.as_bytes()) {
            Some(format!("{KEEP_MARK} is in its environment"))
        } else {
            None
        })
    }

    /// Whoever is ending has given up its memory before it is dead, and then its files are root's.
    fn own_but_closed(&self, pid: i32) -> Option<(i32, u64)> {
        let is_own = host_identity::uids(pid).is_ok_and(|[real, ..]| real == self.uid);
        let stat = procfs::stat(pid).ok().filter(|stat| is_own && !stat.is_dead() && !stat.is_ending())?;
        Some((pid, stat.start_ticks))
    }
}

impl Carrier {
    pub(super) fn identity(&self) -> &ProcessIdentity {
        &self.process.identity
    }

    /// Readable when it has ended; an error when it has ended already.
    pub(super) fn hold(&self) -> io::Result<OwnedFd> {
        pidfd::open(self.identity().pid)
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
}

/// Alive: its number was its own all along. EPERM comes of a living one too.
fn is_there(hold: BorrowedFd<'_>) -> bool {
    let is_reaped = pidfd::send_signal(hold, 0).is_err_and(|error| error.raw_os_error() == Some(libc::ESRCH));
    !is_reaped && !pidfd::is_dead(hold)
}

/// This process and everybody above it.
fn family() -> HashSet<i32> {
    let mut family = HashSet::new();
    let mut pid = prctl::own_pid();
    while pid > 0 && family.insert(pid) {
        pid = procfs::stat(pid).map_or(0, |stat| stat.ppid);
    }
    family
}

#[cfg(test)]
#[path = "carriers_tests.rs"]
mod tests;
