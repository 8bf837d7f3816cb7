//! The report of a unit's end, which may be longer than a frame.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use serde::{Deserialize, Serialize};

use super::packed::PackedEnd;
use crate::model::{StopReport, UnitExit};
use crate::sys::memfd;

/// Longer reports travel beside the frame.
const MAX_INLINE: usize = 3500;

/// Everything about the end of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitEnd {
    /// How it ended.
    pub exit: UnitExit,
    /// What was done to end it, process by process; empty when it ended by itself.
    pub stop: StopReport,
}

/// Where a report is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportBody {
    /// In the frame.
    Inline(Vec<u8>),
    /// In a sealed memory file beside it.
    Attached,
}

impl UnitEnd {
    /// Packs the report. Where the machine has no memory or descriptor for a file, the lists go and the exit stays.
    #[must_use]
    pub fn pack(self) -> (ReportBody, Vec<OwnedFd>) {
        let mut exit = self.exit.clone();
        let bytes = PackedEnd::of(self).to_bytes();
        if bytes.len() <= MAX_INLINE {
            return (ReportBody::Inline(bytes), Vec::new());
        }
        if let Ok(file) = memfd::sealed(&bytes) {
            return (ReportBody::Attached, vec![file]);
        }
        exit.survivors.truncate(3);
        let end = Self { exit, stop: StopReport::default() };
        (ReportBody::Inline(PackedEnd::of(end).to_bytes()), Vec::new())
    }

    /// Unpacks it.
    ///
    /// # Errors
    /// `InvalidData` when it is no report, else what reading the memory file says.
    pub fn unpack(body: &ReportBody, fds: &[OwnedFd]) -> io::Result<Self> {
        match body {
            ReportBody::Inline(bytes) => PackedEnd::read(bytes),
            ReportBody::Attached => {
                let file = fds.first().ok_or(io::ErrorKind::InvalidData)?;
                PackedEnd::read(&memfd::read(file.as_fd())?)
            }
        }
    }
}
