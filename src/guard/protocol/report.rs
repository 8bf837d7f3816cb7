//! The report of a unit's end, which may be longer than a frame.

use std::io;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::packed::PackedEnd;
use crate::model::{StopReport, Survivor, UnitExit};
use crate::sys::memfd;

/// Longer reports travel beside the frame.
const MAX_INLINE: usize = 3500;

/// How many processes of each list stay in the frame of a longer report, if that many have room in it.
const MOST_IN_BRIEF: usize = 16;

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
    /// In a sealed memory file beside it, for which the machine, or somebody on the way, may have no descriptor left.
    Attached {
        /// The exit whole, and of the lists what has room in the frame.
        brief: Vec<u8>,
    },
}

impl UnitEnd {
    /// Packs the report.
    #[must_use]
    pub fn pack(self) -> (ReportBody, Vec<OwnedFd>) {
        // Taken before the lists go into the pack.
        let start = self.shortened(MOST_IN_BRIEF);
        let bytes = PackedEnd::of(self).to_bytes();
        if bytes.len() <= MAX_INLINE {
            return (ReportBody::Inline(bytes), Vec::new());
        }
        (ReportBody::Attached { brief: start.brief() }, memfd::sealed(&bytes).into_iter().collect())
    }

    /// Unpacks it; false: the memory file is missing, and the lists are cut.
    ///
    /// # Errors
    /// `InvalidData` when it is no report.
    pub fn unpack(body: &ReportBody, fds: Vec<OwnedFd>) -> io::Result<(Self, bool)> {
        match body {
            ReportBody::Inline(bytes) => Ok((PackedEnd::read(bytes)?, true)),
            ReportBody::Attached { brief } => match fds.into_iter().next().map(memfd::read) {
                Some(Ok(bytes)) => Ok((PackedEnd::read(&bytes)?, true)),
                Some(Err(_)) | None => Ok((PackedEnd::read(brief)?, false)),
            },
        }
    }

    /// In bytes that have room in a frame.
    fn brief(self) -> Vec<u8> {
        let mut most = MOST_IN_BRIEF;
        loop {
            let bytes = PackedEnd::of(self.shortened(most)).to_bytes();
            if bytes.len() <= MAX_INLINE || most == 0 {
                return bytes;
            }
            most /= 2;
        }
    }

    /// With so many of each list.
    fn shortened(&self, most: usize) -> Self {
        let Self { exit, stop } = self;
        let survivors = |all: &[Survivor]| all.iter().take(most).cloned().collect();
        let exit = UnitExit {
            code: exit.code,
            signal: exit.signal.clone(),
            duration_ms: exit.duration_ms,
            leftovers: exit.leftovers,
            survivors: survivors(&exit.survivors),
            max_rss_bytes: exit.max_rss_bytes,
            cause: exit.cause,
        };
        let stop = StopReport {
            stopped: stop.stopped.iter().take(most).cloned().collect(),
            forced: stop.forced.iter().take(most).cloned().collect(),
            survivors: survivors(&stop.survivors),
            refused: stop.refused.iter().take(most).cloned().collect(),
            duration_ms: stop.duration_ms,
        };
        Self { exit, stop }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::protocol::{Event, encode};
    use crate::model::ExitCause;
    use crate::sys::procfs;

    fn end_of(processes: usize) -> UnitEnd {
        let (identity, stat) = procfs::look(std::process::id().cast_signed()).unwrap();
        let process = stat.into_info(identity);
        let survivor = Survivor { process: process.clone(), reason: "r".repeat(200) };
        let exit = UnitExit {
            code: Some(3),
            signal: None,
            duration_ms: 1.5,
            leftovers: 2,
            survivors: vec![survivor.clone(); processes],
            max_rss_bytes: 7,
            cause: ExitCause::Timeout,
        };
        let stop = StopReport {
            stopped: vec![process.clone(); processes],
            forced: vec![process; processes],
            survivors: vec![survivor; processes],
            refused: Vec::new(),
            duration_ms: 0.5,
        };
        UnitEnd { exit, stop }
    }

    #[test]
    fn a_report_arrives_whole_with_its_file_and_without_it_the_exit_does() {
        let end = end_of(400);
        let (report, fds) = end.clone().pack();
        assert!(encode(&Event::Ended { unit: 1, report: report.clone() }).is_ok(), "it fits a frame");
        let (cut, whole) = UnitEnd::unpack(&report, Vec::new()).unwrap();
        assert!(!whole && !cut.stop.stopped.is_empty() && cut.stop.stopped.len() < 400);
        assert_eq!((cut.exit.code, cut.exit.cause, cut.exit.leftovers), (Some(3), ExitCause::Timeout, 2));
        assert_eq!(UnitEnd::unpack(&report, fds).unwrap(), (end, true));
    }

    #[test]
    fn a_short_report_needs_no_file() {
        let end = end_of(1);
        let (report, fds) = end.clone().pack();
        assert!(fds.is_empty());
        assert_eq!(UnitEnd::unpack(&report, fds).unwrap(), (end, true));
    }
}
