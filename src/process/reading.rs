//! One process as one reading found it: what the table says of it, and what the next reading needs to be cheap.
//!
//! Cost decides the order: whatever only an exec can change is taken over from the reading before as long as the program lies where it
//! lay. A title that a program writes over its arguments without renaming itself is therefore seen a few samples late.

use std::os::fd::AsFd;
use std::time::Instant;

use super::command_line;
use super::orphan::Earlier;
use crate::model::{ProcessIdentity, ProcessInfo};
use crate::sys::process_folder::ProcessFolder;
use crate::sys::procfs::{self, Stat};
use crate::sys::{clock, pidfd};

/// A rate over less than this is noise: ticks are 10 ms.
const LEAST_INTERVAL_S: f64 = 0.25;

/// A process, and marks for the next reading.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) info: ProcessInfo,
    pub(super) is_kernel_thread: bool,
    /// Of its folder.
    inode: u64,
    start_ticks: u64,
    image: [u64; 6],
    cpu: Cpu,
}

/// Processor time of one process, as of the reading that rates count from.
#[derive(Debug, Clone, Copy)]
struct Cpu {
    ticks: u64,
    at: Instant,
}

/// What readings of one sample have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epoch {
    /// When the machine started, milliseconds since the epoch.
    pub(super) boot_ms: f64,
    /// How old it was when the sample began, seconds.
    pub(super) uptime_s: f64,
    /// How many samples were made before.
    pub(super) sample: u32,
}

/// The clock of a series of samples: start times stay what they were as long as nobody sets the machine's.
#[derive(Debug, Default)]
pub(super) struct Clock {
    boot_ms: Option<f64>,
    samples: u32,
}

/// A clock that was set by more than this moves the start times of everybody.
const CLOCK_STEP_MS: f64 = 1000.0;

impl Clock {
    /// A sample begins.
    pub(super) fn next(&mut self) -> Epoch {
        let now = clock::boot_ms();
        let boot_ms = self.boot_ms.filter(|before| (before - now).abs() < CLOCK_STEP_MS).unwrap_or(now);
        self.boot_ms = Some(boot_ms);
        self.samples = self.samples.wrapping_add(1);
        Epoch { boot_ms, uptime_s: clock::since_boot().as_secs_f64(), sample: self.samples }
    }
}

/// One in so many samples reads a command line even where nothing seems to have changed.
const REREAD_SAMPLES: u32 = 8;

impl Epoch {
    fn rereads(self, pid: i32) -> bool {
        pid.unsigned_abs().wrapping_add(self.sample).is_multiple_of(REREAD_SAMPLES)
    }
}

impl Reading {
    /// Reads whoever has this number. `None`: nobody, or it ended meanwhile.
    pub(super) fn take(pid: i32, earlier: Option<&Self>, epoch: Epoch) -> Option<Self> {
        let folder = ProcessFolder::open(pid).ok()?;
        let (uid, inode) = folder.owner().ok()?;
        if let Some(earlier) = earlier.filter(|earlier| earlier.inode == inode) {
            // Another process of this number has a folder of another inode, so the token needs no second look.
            let stat = folder.stat_of(uid).ok()?;
            if stat.start_ticks == earlier.start_ticks {
                let identity = earlier.info.identity.clone();
                return Some(Self::new(stat, identity, inode, &folder, Some(earlier), epoch));
            }
        }
        let hold = pidfd::open(pid).ok();
        // Read through a folder that was opened before the pidfd: its process was not reaped yet, so both are of the same one.
        let stat = folder.stat_of(uid).ok()?;
        let start_token = procfs::token(hold.as_ref().map(AsFd::as_fd), stat.start_ticks);
        let earlier = earlier.filter(|earlier| earlier.info.identity.start_token == start_token);
        let identity = ProcessIdentity { pid, start_token, boot_id: procfs::boot_id().to_owned() };
        Some(Self::new(stat, identity, inode, &folder, earlier, epoch))
    }

    pub(super) fn pid(&self) -> i32 {
        self.info.identity.pid
    }

    /// What it says of `now`, if that is the same process.
    pub(super) fn as_earlier(&self, now: &ProcessInfo) -> Option<Earlier> {
        (self.info.identity == now.identity).then(|| Earlier::of(&self.info))
    }

    fn new(
        stat: Stat,
        identity: ProcessIdentity,
        inode: u64,
        folder: &ProcessFolder,
        earlier: Option<&Self>,
        epoch: Epoch,
    ) -> Self {
        let mut reading = Self::from_stat(stat, identity, inode, epoch);
        reading.rate_cpu(earlier, epoch);
        if !reading.is_kernel_thread {
            reading.describe(folder, earlier, epoch);
        }
        reading
    }

    fn from_stat(stat: Stat, identity: ProcessIdentity, inode: u64, epoch: Epoch) -> Self {
        let start_ticks = stat.start_ticks;
        let (image, is_kernel_thread) = (stat.image, stat.is_kernel_thread());
        let cpu = Cpu { ticks: stat.cpu_ticks, at: Instant::now() };
        let info = stat.into_info_since(identity, epoch.boot_ms);
        Self { info, is_kernel_thread, inode, start_ticks, image, cpu }
    }

    /// A rate since the reading before; over the whole life on the first.
    fn rate_cpu(&mut self, earlier: Option<&Self>, epoch: Epoch) {
        let Some(earlier) = earlier else {
            let age_s = epoch.uptime_s - (self.info.started_at - epoch.boot_ms) / 1000.0;
            self.info.cpu_percent = percent_of_life(self.cpu.ticks, age_s);
            return;
        };
        let seconds = self.cpu.at.duration_since(earlier.cpu.at).as_secs_f64();
        if seconds < LEAST_INTERVAL_S {
            self.info.cpu_percent = earlier.info.cpu_percent;
            self.cpu = earlier.cpu;
        } else {
            self.info.cpu_percent = percent(self.cpu.ticks.saturating_sub(earlier.cpu.ticks), seconds);
        }
    }

    /// Command line, executable and namespace: read, or taken over.
    fn describe(&mut self, folder: &ProcessFolder, earlier: Option<&Self>, epoch: Epoch) {
        // Nobody's namespace changes while it lives.
        let namespace = earlier.and_then(|earlier| earlier.info.pid_namespace);
        self.info.pid_namespace = namespace.or_else(|| folder.pid_namespace().ok());
        let same_program = |earlier: &&Self| {
            self.image == earlier.image
                && self.image != [0; 6]
                && self.info.name == earlier.info.name
                && !epoch.rereads(self.info.identity.pid)
        };
        if let Some(earlier) = earlier.filter(same_program) {
            self.info.argv.clone_from(&earlier.info.argv);
            self.info.argv_raw.clone_from(&earlier.info.argv_raw);
            self.info.exe.clone_from(&earlier.info.exe);
        } else {
            (self.info.argv, self.info.argv_raw) = command_line::read(folder);
            self.info.exe = command_line::executable(folder);
        }
    }
}

/// The rate of a whole life. One tick of somebody who is a millisecond old is no thousand percent.
pub(super) fn percent_of_life(ticks: u64, age_s: f64) -> f64 {
    percent(ticks, age_s.max(LEAST_INTERVAL_S))
}

/// Ticks on a core, of so many seconds.
#[expect(clippy::cast_precision_loss, reason = "ticks of one process")]
fn percent(ticks: u64, seconds: f64) -> f64 {
    let busy_s = ticks as f64 / clock::ticks_per_second() as f64;
    if seconds > 0.0 { 100.0 * busy_s / seconds } else { 0.0 }
}
