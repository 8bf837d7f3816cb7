//! The ledger: what a later start needs in order to find what a guard left, should guard, shim and host die in one instant.
//!
//! One file per guard, lines of JSON: first the guard, then a line per unit. Names of commands only, never arguments or environment.

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

/// An open ledger.
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
}

impl Ledger {
    /// Writes the file; an error is a warning for people.
    pub(super) fn create(folder: Option<PathBuf>, host: i32, cookie: &CStr) -> Result<Self, String> {
        let Some(folder) = folder else {
            return Err("no folder for the ledger: this user has no home; set PROCMAN_STATE_DIR to a folder of its own. \
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
        let mut ledger = Self { path, file };
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
        Ok(ledger)
    }

    /// Notes a unit.
    pub(super) fn note(&mut self, unit: u64, label: &str) {
        // A full disk must not stop a spawn, and the first line is what a sweep needs.
        let _ = self.write(&json!({ "unit": unit, "command": label }));
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// Removes the file: nothing is left to be found.
    pub(super) fn remove(self) {
        // Whoever reads it later finds the guard gone and nobody with the cookie.
        let _ = fs::remove_file(&self.path);
    }
}
