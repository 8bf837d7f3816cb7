//! The audit log: one line of JSON for every action on a process.
//!
//! Owns the file: who may read it, when it is rotated, and that nobody leads the writer elsewhere by a link. Decides nothing; a line that cannot be
//! written stops no action. Several hosts may write the same file: what one action says is one
//! `write(2)` of a file opened for appending.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::redact::redact;
use crate::model::ProcessInfo;
use crate::sys::{prctl, two_threads};

/// Larger files are rotated.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// Older files that are kept: `.1`, `.2`, `.3`.
const KEPT: u32 = 3;

const MODE: u32 = 0o600;

/// What was done to a process, or would have been, or was not.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// `stopped`, `forced`, `survived`, `refused`, `would-stop`, `restarted`, `exceeded`.
    pub action: &'static str,
    /// Who asked: a rule, `cleanup`, `killProcess`.
    pub rule: String,
    /// Why.
    pub reasons: Vec<String>,
    /// Whom it is about.
    pub process: ProcessInfo,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLog {
    path: PathBuf,
    prefix: String,
    max_bytes: u64,
}

/// One line, in the order of its keys. A stop may write thousands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    time: String,
    message: String,
    action: &'a str,
    rule: &'a str,
    reasons: &'a [String],
    pid: i32,
    start_token: &'a str,
    boot_id: &'a str,
    ppid: i32,
    uid: u32,
    argv: Vec<String>,
    rss_bytes: u64,
    cpu_percent: f64,
    unit: Option<&'a str>,
    by: i32,
}

impl AuditLog {
    /// At `path`; `prefix` stands before each message.
    #[must_use]
    pub fn new(path: PathBuf, prefix: String) -> Self {
        Self { path, prefix, max_bytes: MAX_BYTES }
    }

    /// Writes a line for each entry.
    ///
    /// # Errors
    /// A warning for people that names the path, what is wrong with it, and what to do.
    pub fn append(&self, entries: &[AuditEntry]) -> Result<(), String> {
        if entries.is_empty() {
            return Ok(());
        }
        self.write(entries).map_err(|error| {
            format!(
                "the audit log cannot be written to {}: {error}; make it a file of uid {} in a folder that exists, or name another one by \
                 configure({{ auditLog }}). Processes are stopped all the same, unrecorded",
                self.path.display(),
                prctl::effective_uid()
            )
        })
    }

    fn write(&self, entries: &[AuditEntry]) -> io::Result<()> {
        let mut file = self.open()?;
        let metadata = file.metadata()?;
        // One that cannot be set aside grows: what is done now must be recorded now.
        if metadata.len() >= self.max_bytes && self.rotate(&file, &metadata).unwrap_or(false) {
            file = self.open()?;
        }
        let lines = two_threads::map(entries, |entry| self.line(entry)).concat();
        file.write_all(lines.as_bytes())
    }

    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(MODE)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(&self.path)?;
        let metadata = file.metadata()?;
        // In a folder like /tmp anybody may have put something in its place.
        if !metadata.is_file() || metadata.uid() != prctl::effective_uid() || metadata.nlink() != 1 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is not a file of this user's own",
            ));
        }
        if metadata.mode() & 0o777 != MODE {
            file.set_permissions(Permissions::from_mode(MODE))?;
        }
        Ok(file)
    }

    /// False: another host does it, or did.
    fn rotate(&self, file: &File, metadata: &fs::Metadata) -> io::Result<bool> {
        if file.try_lock().is_err() {
            return Ok(false);
        }
        if fs::symlink_metadata(&self.path).is_ok_and(|now| now.ino() != metadata.ino()) {
            return Ok(true);
        }
        for number in (1..KEPT).rev() {
            // The first ones are missing for a long time.
            let _ = fs::rename(self.older(number), self.older(number + 1));
        }
        fs::rename(&self.path, self.older(1))?;
        Ok(true)
    }

    fn older(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }

    fn line(&self, entry: &AuditEntry) -> String {
        let AuditEntry { action, rule, reasons, process } = entry;
        let argv = redact(&process.argv);
        // Whoever names itself may name anything, a whole command line too.
        let name = argv.first().map_or(process.name.as_str(), String::as_str);
        let name = Path::new(name).file_name().map_or(name.into(), |name| name.to_string_lossy());
        let space = if self.prefix.is_empty() { "" } else { " " };
        let message = format!(
            "{}{space}{action} {name} (pid {}): {}",
            self.prefix,
            process.identity.pid,
            reasons.join("; ")
        );
        let line = Line {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            message,
            action,
            rule,
            reasons,
            pid: process.identity.pid,
            start_token: &process.identity.start_token,
            boot_id: &process.identity.boot_id,
            ppid: process.ppid,
            uid: process.uid,
            argv,
            rss_bytes: process.rss_bytes,
            cpu_percent: process.cpu_percent,
            unit: process.unit.as_deref(),
            by: prctl::own_pid(),
        };
        let mut text = serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
        text
    }
}

#[cfg(test)]
#[path = "audit_log_tests.rs"]
mod tests;
