//! Whether a process that somebody wrote down still lives. Only a proof is an answer: what cannot be read is `Unknown`.

use std::io;
use std::os::fd::AsFd;

use super::{pidfd, procfs};
use crate::model::ProcessIdentity;

/// What is known of a process by its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// That very process runs.
    Alive,
    /// It has ended: nobody has its number, or another one has, or what has it is dead and not reaped.
    Gone,
    /// The kernel does not say.
    Unknown,
}

/// Asks for a process of this boot and this pid namespace. Works for processes that `/proc` hides.
#[must_use]
pub fn of(identity: &ProcessIdentity) -> Liveness {
    if identity.pid <= 0 {
        return Liveness::Unknown;
    }
    let hold = match pidfd::open(identity.pid) {
        Ok(hold) => hold,
        Err(error) if is_nobody(&error) => return Liveness::Gone,
        Err(_) => return Liveness::Unknown,
    };
    let token = match pidfd::unique_inode(hold.as_fd()) {
        Some(inode) => inode.to_string(),
        None => match procfs::stat(identity.pid) {
            Ok(stat) => format!("t{}", stat.start_ticks),
            Err(_) => return Liveness::Unknown,
        },
    };
    if is_of_another_kind(&token, &identity.start_token) {
        return Liveness::Unknown;
    }
    if token != identity.start_token || pidfd::is_dead(hold.as_fd()) {
        return Liveness::Gone;
    }
    Liveness::Alive
}

/// EINVAL and ENOENT are the kernel's words for a number that only a thread of another process has.
fn is_nobody(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ESRCH | libc::EINVAL | libc::ENOENT))
}

/// A start time says nothing about an inode.
fn is_of_another_kind(one: &str, other: &str) -> bool {
    other.is_empty() || one.starts_with('t') != other.starts_with('t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> ProcessIdentity {
        procfs::look(std::process::id().cast_signed()).unwrap().0
    }

    #[test]
    fn this_process_lives() {
        assert_eq!(of(&own()), Liveness::Alive);
    }

    #[test]
    fn another_process_with_the_number_is_no_life_of_the_first() {
        let mut identity = own();
        identity.start_token = if identity.start_token.starts_with('t') { "t1" } else { "1" }.to_owned();
        assert_eq!(of(&identity), Liveness::Gone);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the child of a test is its own")]
    fn a_zombie_is_gone() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let (identity, _) = procfs::look(child.id().cast_signed()).unwrap();
        assert_eq!(of(&identity), Liveness::Alive);
        let hold = pidfd::open(identity.pid).unwrap();
        child.kill().unwrap();
        assert!(super::super::poll::is_ready(hold.as_fd(), libc::POLLIN, std::time::Duration::from_secs(10)));
        assert_eq!(of(&identity), Liveness::Gone);
        child.wait().unwrap();
        assert_eq!(of(&identity), Liveness::Gone);
    }

    #[test]
    fn the_number_of_a_thread_is_nobody() {
        let (tell, told) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            tell.send(nix::unistd::gettid().as_raw()).unwrap();
            let _ = ended.recv();
        });
        let pid = told.recv().unwrap();
        assert_eq!(of(&ProcessIdentity { pid, ..own() }), Liveness::Gone);
        drop(end);
        thread.join().unwrap();
    }

    #[test]
    fn what_proves_nothing_is_unknown() {
        for pid in [0, -1] {
            assert_eq!(of(&ProcessIdentity { pid, ..own() }), Liveness::Unknown);
        }
        assert_eq!(of(&ProcessIdentity { start_token: String::new(), ..own() }), Liveness::Unknown);
        let other = if own().start_token.starts_with('t') { "7" } else { "t7" };
        assert_eq!(of(&ProcessIdentity { start_token: other.to_owned(), ..own() }), Liveness::Unknown);
    }
}
