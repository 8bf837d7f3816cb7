//! Misbehaviour of the process itself: crashes, descriptors, signals, children.

use std::io;
use std::process::Command;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd;

/// The argument of a child that holds our pipes.
pub(crate) const HOLDER: &str = "--hold";

#[expect(clippy::exit, reason = "crashing is the point")]
pub(crate) fn crash() -> io::Result<()> {
    eprintln!("panic: out of cheese\n  at server.js:1:1");
    std::process::exit(42);
}

pub(crate) fn close(fd: i32) -> io::Result<()> {
    Ok(unistd::close(fd)?)
}

pub(crate) fn wait_for_ever() -> io::Result<()> {
    loop {
        unistd::pause();
    }
}

/// Blocked rather than ignored, which no child could undo either.
pub(crate) fn hear_no_signals() -> io::Result<()> {
    let mut signals = SigSet::empty();
    [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT].into_iter().for_each(|signal| signals.add(signal));
    Ok(signals.thread_block()?)
}

/// Starts a child that has our pipes, a session of its own, and no ear for signals. Its pid.
#[expect(clippy::disallowed_methods, reason = "a process that nobody guards or waits for is the point")]
pub(crate) fn fork_holder() -> io::Result<u32> {
    Ok(Command::new(std::env::current_exe()?).arg(HOLDER).spawn()?.id())
}

pub(crate) fn hold() -> io::Result<()> {
    unistd::setsid()?;
    hear_no_signals()?;
    wait_for_ever()
}
