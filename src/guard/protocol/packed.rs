//! The report of a unit's end as bytes. Of each process only what a listing of guard or shim reads: a report of a large tree is on the way of every
//! stop, and as JSON, with the names of all fields and what they never filled, it took a tenth of the time.

use std::io;

use serde::{Deserialize, Serialize};

use super::UnitEnd;
use crate::model::{
    ExitCause, ProcessIdentity, ProcessInfo, ProcessState, Refusal, StopReport, Survivor, UnitExit,
};
use crate::sys::procfs;

/// A [`UnitEnd`].
#[derive(Serialize, Deserialize)]
pub(super) struct PackedEnd {
    boot_id: String,
    code: Option<i32>,
    signal: Option<String>,
    duration_ms: f64,
    leftovers: u32,
    exit_survivors: Vec<(Listed, String)>,
    max_rss_bytes: u64,
    cause: ExitCause,
    stopped: Vec<Listed>,
    forced: Vec<Listed>,
    survivors: Vec<(Listed, String)>,
    refused: Vec<Refusal>,
    stop_ms: f64,
}

/// A [`ProcessInfo`] of this boot as a line of `/proc/<pid>/stat` fills it.
#[derive(Serialize, Deserialize)]
struct Listed {
    pid: i32,
    start_token: String,
    ppid: i32,
    pgid: i32,
    sid: i32,
    uid: u32,
    name: String,
    state: ProcessState,
    rss_bytes: u64,
    started_at: f64,
    threads: u32,
}

impl PackedEnd {
    pub(super) fn of(UnitEnd { exit, stop }: UnitEnd) -> Self {
        let listed = |all: Vec<ProcessInfo>| all.into_iter().map(Listed::of).collect();
        let survivors =
            |all: Vec<Survivor>| all.into_iter().map(|one| (Listed::of(one.process), one.reason)).collect();
        Self {
            boot_id: procfs::boot_id().to_owned(),
            code: exit.code,
            signal: exit.signal,
            duration_ms: exit.duration_ms,
            leftovers: exit.leftovers,
            exit_survivors: survivors(exit.survivors),
            max_rss_bytes: exit.max_rss_bytes,
            cause: exit.cause,
            stopped: listed(stop.stopped),
            forced: listed(stop.forced),
            survivors: survivors(stop.survivors),
            refused: stop.refused,
            stop_ms: stop.duration_ms,
        }
    }

    /// What was packed.
    ///
    /// # Errors
    /// `InvalidData` when the bytes are no report.
    pub(super) fn read(bytes: &[u8]) -> io::Result<UnitEnd> {
        let packed: Self =
            postcard::from_bytes(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let boot_id = packed.boot_id;
        let infos = |all: Vec<Listed>| all.into_iter().map(|one| one.into_info(&boot_id)).collect();
        let survivors = |all: Vec<(Listed, String)>| {
            let survivor =
                |(one, reason): (Listed, String)| Survivor { process: one.into_info(&boot_id), reason };
            all.into_iter().map(survivor).collect()
        };
        let exit = UnitExit {
            code: packed.code,
            signal: packed.signal,
            duration_ms: packed.duration_ms,
            leftovers: packed.leftovers,
            survivors: survivors(packed.exit_survivors),
            max_rss_bytes: packed.max_rss_bytes,
            cause: packed.cause,
        };
        let stop = StopReport {
            stopped: infos(packed.stopped),
            forced: infos(packed.forced),
            survivors: survivors(packed.survivors),
            refused: packed.refused,
            duration_ms: packed.stop_ms,
        };
        Ok(UnitEnd { exit, stop })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Plain data always has a form.
        postcard::to_stdvec(self).unwrap_or_default()
    }
}

impl Listed {
    fn of(process: ProcessInfo) -> Self {
        Self {
            pid: process.identity.pid,
            start_token: process.identity.start_token,
            ppid: process.ppid,
            pgid: process.pgid,
            sid: process.sid,
            uid: process.uid,
            name: process.name,
            state: process.state,
            rss_bytes: process.rss_bytes,
            started_at: process.started_at,
            threads: process.threads,
        }
    }

    fn into_info(self, boot_id: &str) -> ProcessInfo {
        let identity =
            ProcessIdentity { pid: self.pid, start_token: self.start_token, boot_id: boot_id.to_owned() };
        ProcessInfo {
            ppid: self.ppid,
            pgid: self.pgid,
            sid: self.sid,
            uid: self.uid,
            name: self.name,
            state: self.state,
            rss_bytes: self.rss_bytes,
            started_at: self.started_at,
            threads: self.threads,
            ..ProcessInfo::unread(identity)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_process_survives_the_journey() {
        let (identity, stat) = procfs::look(std::process::id().cast_signed()).unwrap();
        let process = stat.into_info(identity);
        let survivor = Survivor { process: process.clone(), reason: "deaf".to_owned() };
        let exit = UnitExit {
            code: None,
            signal: Some("SIGKILL".to_owned()),
            duration_ms: 1.5,
            leftovers: 2,
            survivors: vec![survivor.clone()],
            max_rss_bytes: 1 << 40,
            cause: ExitCause::Memory,
        };
        let stop = StopReport {
            stopped: vec![process.clone()],
            forced: vec![process.clone(), process],
            survivors: vec![survivor],
            refused: vec![Refusal { pid: 1, reason: "init".to_owned() }],
            duration_ms: 0.25,
        };
        let end = UnitEnd { exit, stop };
        assert_eq!(PackedEnd::read(&PackedEnd::of(end.clone()).to_bytes()).unwrap(), end);
        assert_eq!(PackedEnd::read(b"{}").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
