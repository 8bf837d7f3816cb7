//! The ledger: what a later start needs in order to find what a guard left, should guard, shim and host die in one instant.
//!
//! One file per guard, lines of JSON: first the guard, then a line per unit. Names of commands only, never arguments or environment.
//! A sweep needs the first line alone, so the others may be cut and written anew at any moment; the first one is never touched.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use crate::guard::ledger_head::{LedgerHead, ledger_folder, ledger_name};
use crate::guard::protocol::VERSION;
use crate::sys::{clock, prctl, procfs};

/// How many lines of units that have ended are left standing, whoever lives.
const MOST_ENDED: usize = 100;

/// An open ledger.
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
    /// How long the first line is.
    head: u64,
    /// Lines behind the first.
    lines: usize,
    /// Those of units that have not ended.
    units: BTreeMap<u64, String>,
}

impl Ledger {
    /// Writes the file; an error is a warning for people.
    pub(super) fn create(folder: Option<PathBuf>, host: i32, cookie: &CStr) -> Result<Self, String> {
        let Some(folder) = folder else {
            return Err("no folder for the ledger: this user has no home, or PROCMAN_STATE_DIR is relative to a directory that is gone; set it to the absolute \
                path of a folder of its own. \
                Units are guarded all the same; only a sweep after host, guard and shim died together would miss them"
                .to_owned());
        };
        Self::create_in(&folder, host, cookie).map_err(|error| {
            format!(
                "the ledger cannot be written in {}: {error}; make it a folder of uid {} with mode 0700, or set \
                 PROCMAN_STATE_DIR. Units are guarded all the same; only a sweep after host, guard and shim died together \
                 would miss them",
                folder.display(),
                prctl::effective_uid()
            )
        })
    }

    fn create_in(folder: &Path, host: i32, cookie: &CStr) -> io::Result<Self> {
        let folder = ledger_folder(folder);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let metadata = fs::symlink_metadata(&folder)?;
        // The file names what may be killed: nobody else may write there.
        if metadata.uid() != prctl::effective_uid() || metadata.mode() & 0o022 != 0 || !metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others may write there"));
        }
        let guard = procfs::look(prctl::own_pid()).ok_or(io::ErrorKind::NotFound)?.0;
        let path = folder.join(ledger_name(&guard));
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(&path)?;
        let mut ledger = Self { path, file, head: 0, lines: 0, units: BTreeMap::new() };
        let head = LedgerHead {
            version: VERSION.to_owned(),
            pid_namespace: procfs::pid_namespace(),
            uid: prctl::effective_uid(),
            host: procfs::look(host).map(|(identity, _)| identity),
            guard,
            since_boot_ms: u64::try_from(clock::since_boot().as_millis()).unwrap_or(0),
            cookie: cookie.to_string_lossy().into_owned(),
        };
        if let Err(error) = ledger.write(&head) {
            // Half a line is no ledger.
            ledger.remove();
            return Err(error);
        }
        ledger.head = ledger.file.metadata()?.len();
        Ok(ledger)
    }

    /// Notes a unit.
    pub(super) fn note(&mut self, unit: u64, label: &str) {
        self.units.insert(unit, label.to_owned());
        // A full disk must not stop a spawn, and the first line is what a sweep needs.
        let _ = if self.lines < 2 * self.units.len() + MOST_ENDED {
            self.write(&line_of(unit, label))
        } else {
            self.write_anew()
        };
        self.lines += 1;
    }

    /// A unit has ended. Its line stays until there are many.
    pub(super) fn forget(&mut self, unit: u64) {
        self.units.remove(&unit);
    }

    /// Cuts what is behind the first line, and writes those who have not ended.
    fn write_anew(&mut self) -> io::Result<()> {
        let mut text = Vec::new();
        for (unit, label) in &self.units {
            push_line(&mut text, &line_of(*unit, label))?;
        }
        self.lines = self.units.len() - 1;
        self.file.set_len(self.head)?;
        self.file.write_all(&text)
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = Vec::new();
        push_line(&mut text, line)?;
        self.file.write_all(&text)
    }

    /// Removes the file: nothing is left to be found.
    pub(super) fn remove(self) {
        // Whoever reads it later finds the guard gone and nobody with the cookie.
        let _ = fs::remove_file(&self.path);
    }
}

fn line_of(unit: u64, label: &str) -> serde_json::Value {
    json!({ "unit": unit, "command": label })
}

fn push_line(text: &mut Vec<u8>, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *text, line)?;
    text.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_that_starts_many_units_has_a_short_ledger_of_those_that_live() {
        let folder = std::env::temp_dir().join(format!("procman-ledger-{}", std::process::id()));
        let cookie = c"PROCMAN_COOKIE=0123456789abcdef";
        let mut ledger = Ledger::create(Some(folder.clone()), prctl::own_pid(), cookie).unwrap();
        let path = ledger.path.clone();
        let head = fs::read_to_string(&path).unwrap();
        ledger.note(0, "stays");
        for unit in 1..5000 {
            ledger.note(unit, "short");
            ledger.forget(unit);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with(&head) && text.lines().count() < MOST_ENDED + 10, "{unit}");
            assert!(text.contains("\"stays\"") && text.ends_with('\n'), "{unit}: {text}");
            assert!(text.lines().last().unwrap().contains(&format!("\"unit\":{unit},")), "{unit}: {text}");
        }
        ledger.remove();
        fs::remove_dir_all(folder).unwrap();
    }
}
