//! The report of a unit's end, which may be longer than a frame.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use serde::{Deserialize, Serialize};

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

/// Where a report is. JSON, because reports use forms that postcard cannot carry.
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
    pub fn pack(mut self) -> (ReportBody, Vec<OwnedFd>) {
        let json = self.to_json();
        if json.len() <= MAX_INLINE {
            return (ReportBody::Inline(json), Vec::new());
        }
        if let Ok(file) = memfd::sealed(&json) {
            return (ReportBody::Attached, vec![file]);
        }
        self.stop = StopReport::default();
        self.exit.survivors.truncate(3);
        (ReportBody::Inline(self.to_json()), Vec::new())
    }

    fn to_json(&self) -> Vec<u8> {
        // Plain data with string keys: it always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Unpacks it.
    ///
    /// # Errors
    /// `InvalidData` when it is no report, else what reading the memory file says.
    pub fn unpack(body: &ReportBody, fds: &[OwnedFd]) -> io::Result<Self> {
        match body {
            ReportBody::Inline(json) => Ok(serde_json::from_slice(json)?),
            ReportBody::Attached => {
                let file = fds.first().ok_or(io::ErrorKind::InvalidData)?;
                Ok(serde_json::from_slice(&memfd::read(file.as_fd())?)?)
            }
        }
    }
}
