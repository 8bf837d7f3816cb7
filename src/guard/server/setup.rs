//! From the first line of the guard to the moment when it takes requests.

use std::ffi::{CString, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::asker::Asker;
use super::ledger::Ledger;
use crate::guard::cgroups::{Cgroups, remove_abandoned};
use crate::guard::failpoint::{self, Role};
use crate::guard::own_children::OwnChildren;
use crate::guard::protocol::{Capabilities, GUARD_SOCKET, Ready, VERSION, hello};
use crate::guard::terminal::Terminal;
use crate::guard::{COOKIE_VARIABLE, outbox::Outbox};
use crate::model::TerminalMode;
use crate::sys::wait::Which;
use crate::sys::{fd, pidfd, prctl, procfs, seqpacket, signal};

/// What a guard starts with.
pub(super) struct Setup {
    pub(super) socket: OwnedFd,
    pub(super) signals: OwnedFd,
    pub(super) asker: Asker,
    pub(super) family: OwnChildren,
    pub(super) cookie: CString,
    pub(super) ledger: Option<Ledger>,
    pub(super) cgroups: Cgroups,
    pub(super) terminal: Option<Terminal>,
    pub(super) ready: Ready,
}

impl Setup {
    /// `None` when there is nothing to do: the host is gone, or of another version.
    pub(super) fn new(arguments: impl Iterator<Item = OsString>) -> io::Result<Option<Self>> {
        signal::block_all();
        failpoint::load();
        let mut arguments = arguments.skip(1);
        let version = arguments.next().unwrap_or_default();
        let host: i32 =
            arguments.next().and_then(|pid| pid.to_str()?.parse().ok()).ok_or(io::ErrorKind::InvalidInput)?;
        let mode = arguments.next().and_then(|word| TerminalMode::from_word(word.to_str()?));
        let socket = fd::inherited(GUARD_SOCKET)?;
        // What a careless host left open must not live on in here: a listening socket would keep its port.
        fd::close_all_but(&[socket.as_fd()])?;
        seqpacket::send(socket.as_fd(), &hello(), &[])?;
        if version != *VERSION {
            return Ok(None);
        }
        become_guard()?;
        failpoint::set_pid(Role::Host, host);
        failpoint::set_pid(Role::Guard, prctl::own_pid());
        let Some(asker) = Asker::of_host(host)? else { return Ok(None) };
        let signals = signal::descriptor(&[libc::SIGCHLD, libc::SIGTERM])?;
        let family = OwnChildren::new(Which::Adopted)?.in_this_session(mode.is_some());
        let mut setup = Self {
            socket,
            signals,
            asker,
            family,
            cookie: cookie()?,
            ledger: None,
            cgroups: Cgroups::none(),
            terminal: mode.map(|mode| Terminal::open(host, mode)).transpose()?,
            ready: Ready { capabilities: capabilities(host), warnings: Vec::new() },
        };
        setup.open_ledger();
        setup.make_cgroups();
        Ok(Some(setup))
    }

    /// Work goes on without one.
    fn open_ledger(&mut self) {
        let folder = std::env::var_os("PROCMAN_STATE_DIR").map(PathBuf::from);
        match Ledger::create(folder, self.asker.pid(), &self.cookie) {
            Ok(ledger) => {
                self.ledger = Some(ledger);
                self.ready.capabilities.ledger = true;
            }
            Err(warning) => self.ready.warnings.push(warning),
        }
    }

    fn make_cgroups(&mut self) {
        if std::env::var_os("PROCMAN_CGROUP").is_some_and(|value| value == "off") {
            return;
        }
        // Not every machine has one that is ours to write, and nothing depends on it.
        self.cgroups = Cgroups::of_this_guard();
        self.ready.capabilities.cgroup_kill = self.cgroups.can_kill();
        remove_abandoned();
    }

    /// The first frames of a guard.
    pub(super) fn greet(&mut self, outbox: &mut Outbox) -> io::Result<()> {
        for warning in &mut self.ready.warnings {
            if let Some((end, _)) = warning.char_indices().nth(500) {
                warning.truncate(end);
            }
        }
        outbox.push(&crate::guard::protocol::Event::Ready(self.ready.clone()), Vec::new())
    }
}

fn become_guard() -> io::Result<()> {
    prctl::set_name(crate::guard::names::GUARD);
    signal::ignore(&[libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGTSTP, libc::SIGPIPE]);
    prctl::become_subreaper()?;
    std::env::set_current_dir("/")
}

fn cookie() -> io::Result<CString> {
    let value = std::env::var_os(COOKIE_VARIABLE).ok_or(io::ErrorKind::InvalidInput)?;
    let entry = [COOKIE_VARIABLE.as_bytes(), b"=", &value.into_vec()].concat();
    Ok(CString::new(entry)?)
}

fn capabilities(host: i32) -> Capabilities {
    let own = pidfd::open(prctl::own_pid());
    let strong_identity =
        own.is_ok_and(|own| pidfd::unique_inode(own.as_fd()).is_some()) && !procfs::boot_id().is_empty();
    // The kernel kills a whole pid namespace with its first process.
    Capabilities { cgroup_kill: false, ledger: false, strong_identity, grace_after_host_death: host != 1 }
}
