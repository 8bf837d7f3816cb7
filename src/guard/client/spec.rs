//! The command and its environment, on their way to a unit.

use std::io;
use std::os::fd::OwnedFd;

use crate::model::SpawnSpec;
use crate::sys::memfd;

/// The sealed file that goes with a spawn request.
///
/// # Errors
/// What making the memory file says.
pub fn seal_spec(spec: &SpawnSpec) -> io::Result<OwnedFd> {
    let bytes =
        postcard::to_stdvec(spec).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    memfd::sealed(&bytes)
}
