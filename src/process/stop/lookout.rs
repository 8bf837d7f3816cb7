//! What a stop sees of the machine: lineage of everybody at each look, and all of those it takes hold of.
//!
//! | backend | a look | identities in it |
//! |---|---|---|
//! | Linux | one line a process (`lineage.rs`) | made up, but for those who are held: their numbers are theirs until they are reaped |
//! | portable | the whole table | as well as the backend can tell |

use std::os::fd::AsFd;

use parking_lot::Mutex;

use super::roster::Roster;
use crate::model::{ProcessIdentity, ProcessInfo, Result};
use crate::process::sampler::unreadable;
use crate::process::{Backend, ProcessTable, Sampler, Surroundings, command_line, lineage, reading};
use crate::sys::process_folder::ProcessFolder;
use crate::sys::procfs::{self, Stat};
use crate::sys::{clock, pidfd, prctl};

/// Start times are told in steps of this; who is older than a look by two of them was there when it began.
const STEPS_MS: f64 = 20.0;

/// Looks at processes for one stop.
pub(super) struct Lookout<'a> {
    pub(super) backend: Backend,
    sampler: &'a Mutex<Sampler>,
    /// When the machine started, milliseconds since the epoch: one value, so that start times of different looks compare.
    boot_ms: f64,
}

impl<'a> Lookout<'a> {
    pub(super) fn new(sampler: &'a Mutex<Sampler>) -> Self {
        Self { backend: sampler.lock().backend(), sampler, boot_ms: clock::boot_ms() }
    }

    /// Looks at everybody.
    pub(super) fn look(&self, held: &Roster) -> Result<ProcessTable> {
        match self.backend {
            Backend::Linux => {
                let mut table =
                    lineage::look(held.known(), self.boot_ms).map_err(|error| unreadable(&error))?;
                held.identify_in(&mut table);
                Ok(table)
            }
            Backend::Portable => self.sampler.lock().sample(),
        }
    }

    /// What surrounds this process, as a look shows it.
    pub(super) fn surroundings(&self, look: &ProcessTable) -> Surroundings {
        let own_pid = prctl::own_pid();
        let surroundings = Surroundings::new(look, own_pid, prctl::effective_uid());
        let namespace = || ProcessFolder::open(own_pid).ok()?.pid_namespace().ok();
        Surroundings { pid_namespace: surroundings.pid_namespace.or_else(namespace), ..surroundings }
    }

    /// Whether somebody who was seen is this process now.
    pub(super) fn is_now(&self, seen: &ProcessInfo, wanted: &ProcessIdentity) -> bool {
        match self.backend {
            Backend::Linux => procfs::look(wanted.pid).is_some_and(|(identity, _)| identity == *wanted),
            Backend::Portable => seen.identity == *wanted,
        }
    }

    /// Whether somebody has this number, and is `wanted` if that was asked for, of whom no look shows anything: by the kernel's word, `/proc` hides him.
    pub(super) fn is_hidden(&self, pid: i32, wanted: Option<&ProcessIdentity>) -> bool {
        let Some(hold) = (self.backend == Backend::Linux).then(|| pidfd::open(pid).ok()).flatten() else {
            return false;
        };
        let is_wanted = wanted.is_none_or(|wanted| {
            pidfd::unique_inode(hold.as_fd()).is_some_and(|inode| inode.to_string() == wanted.start_token)
        });
        // Who is there to be looked at was born after the look.
        is_wanted && !pidfd::is_dead(hold.as_fd()) && procfs::stat(pid).is_err()
    }

    /// All that is known of a process that is held, from its folder and its line.
    pub(super) fn describe(
        &self,
        folder: &ProcessFolder,
        stat: Stat,
        identity: ProcessIdentity,
    ) -> ProcessInfo {
        let age_s = clock::since_boot().as_secs_f64() - clock::ticks_to_ms(stat.start_ticks) / 1000.0;
        let (argv, argv_raw) = command_line::read(folder);
        ProcessInfo {
            started_at: self.started_at(&stat),
            cpu_percent: reading::percent_of_life(stat.cpu_ticks, age_s),
            exe: command_line::executable(folder),
            pid_namespace: folder.pid_namespace().ok(),
            argv,
            argv_raw,
            ..stat.into_info(identity)
        }
    }

    /// The same of somebody who is only looked at; what a look says of them where they are gone.
    pub(super) fn describe_seen(&self, seen: &ProcessInfo) -> ProcessInfo {
        if self.backend == Backend::Portable {
            return seen.clone();
        }
        let read = || {
            let folder = ProcessFolder::open(seen.identity.pid).ok()?;
            let (identity, stat) = procfs::look(seen.identity.pid)?;
            (self.started_at(&stat) == seen.started_at).then(|| self.describe(&folder, stat, identity))
        };
        read().unwrap_or_else(|| seen.clone())
    }

    pub(super) fn started_at(&self, stat: &Stat) -> f64 {
        self.boot_ms + clock::ticks_to_ms(stat.start_ticks)
    }
}

/// Whether it was there before the look that named it: nobody else can have had its number, nor its start time, since.
pub(super) fn is_older_than(process: &ProcessInfo, look: &ProcessTable) -> bool {
    process.started_at + STEPS_MS < look.taken_at()
}
