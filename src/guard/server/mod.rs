//! The guard: one process per host and identity, started by `client`. Owns the shims, notices every death, leaves nothing.
//!
//! One wait, and one thread but while it lists a large tree. It decides nothing about units but their end: what to run and when to stop is the host's business.

mod adoption;
mod asker;
mod event_loop;
mod ledger;
mod requests;
mod setup;
mod shims;
mod unit;

use std::ffi::OsString;

use super::waker;

/// Runs the guard, or a waker, with the arguments of its process; says the exit code.
pub fn run(arguments: impl Iterator<Item = OsString>) -> i32 {
    let mut arguments = arguments.peekable();
    let name = arguments.next();
    if arguments.peek().is_some_and(|first| first == waker::WAKER_ARGUMENT) {
        return waker::run();
    }
    let arguments = name.into_iter().chain(arguments);
    match setup::Setup::new(arguments) {
        Ok(Some(setup)) => {
            i32::from(event_loop::Server::new(setup).and_then(event_loop::Server::run).is_err())
        }
        Ok(None) => 0,
        Err(_) => 1,
    }
}
