//! The host's ends of units' pipes between the start of a unit and the moment JavaScript asks for one.
//!
//! A stream of Node costs its thread as much as the whole start of a process, and one that nobody reads keeps its descriptor for ever. So an
//! end stays here until it is asked for, and when its unit is over without that:
//!
//! | end | becomes |
//! |---|---|
//! | stdin | closed |
//! | stdout, stderr, all writers gone | read to the end into memory and closed; what the pipe held can still be asked for |
//! | stdout, stderr that somebody outside of the unit still writes to | kept as it is |
//!
//! Shared with the engine's threads; closed with the environment.

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use parking_lot::Mutex;

use crate::sys::poll::is_hung_up;
use crate::sys::read::read_more;

/// What a pipe holds unless somebody enlarged it, bytes.
const PIPE_BYTES: usize = 64 * 1024;

/// stdin, stdout, stderr.
pub(super) type Stdio = [Option<OwnedFd>; 3];

/// What was left in one output of a unit that is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// JavaScript has it, or there was no pipe.
    Taken,
    /// All there was.
    Bytes(Vec<u8>),
    /// Somebody still writes to it; it is to be had as before.
    Open,
}

/// Ends that JavaScript did not ask for, by unit. `None`: the environment is gone.
#[derive(Debug)]
pub(super) struct UnitStreams(Mutex<Option<HashMap<u64, Entry>>>);

#[derive(Debug)]
struct Entry {
    stdio: Stdio,
    rest: [Option<Vec<u8>>; 2],
}

impl Default for UnitStreams {
    fn default() -> Self {
        Self(Mutex::new(Some(HashMap::new())))
    }
}

impl UnitStreams {
    /// The ends of a unit that runs. Which of them there are.
    pub(super) fn add(&self, unit: u64, stdio: Stdio) -> [bool; 3] {
        let piped = [stdio[0].is_some(), stdio[1].is_some(), stdio[2].is_some()];
        if piped.contains(&true)
            && let Some(entries) = self.0.lock().as_mut()
        {
            entries.insert(unit, Entry { stdio, rest: [None, None] });
        }
        piped
    }

    /// One end, once.
    pub(super) fn take(&self, unit: u64, index: usize) -> Option<OwnedFd> {
        self.0.lock().as_mut()?.get_mut(&unit)?.stdio.get_mut(index)?.take()
    }

    /// A unit is over.
    pub(super) fn end(&self, unit: u64) {
        let mut entries = self.0.lock();
        let Some(entry) = entries.as_mut().and_then(|entries| entries.get_mut(&unit)) else { return };
        entry.stdio[0] = None;
        for (index, rest) in entry.rest.iter_mut().enumerate() {
            let output = &mut entry.stdio[index + 1];
            *rest = output.as_ref().and_then(read_to_end);
            if rest.is_some() {
                *output = None;
            }
        }
    }

    /// What JavaScript did not ask for of stdout and stderr of a unit that is over.
    pub(super) fn take_rest(&self, unit: u64) -> [Rest; 2] {
        let mut entries = self.0.lock();
        let Some(entries) = entries.as_mut() else { return [Rest::Taken, Rest::Taken] };
        let Some(entry) = entries.get_mut(&unit) else { return [Rest::Taken, Rest::Taken] };
        let rests = [0, 1].map(|index| match entry.rest[index].take() {
            Some(bytes) => Rest::Bytes(bytes),
            None if entry.stdio[index + 1].is_some() => Rest::Open,
            None => Rest::Taken,
        });
        if !rests.contains(&Rest::Open) {
            entries.remove(&unit);
        }
        rests
    }

    /// The environment ends, and with it who could ask.
    pub(super) fn close(&self) {
        let closed = self.0.lock().take();
        drop(closed);
    }
}

/// All that is in a pipe. `None`: somebody may still write to it.
fn read_to_end(output: &OwnedFd) -> Option<Vec<u8>> {
    // A pipe without a writer never gets one again, and reading it does not wait.
    if !is_hung_up(output.as_fd()) {
        return None;
    }
    let mut bytes = Vec::new();
    loop {
        bytes.reserve(PIPE_BYTES);
        match read_more(output, &mut bytes) {
            Ok(0) => {
                bytes.shrink_to_fit();
                return Some(bytes);
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return None,
        }
    }
}
