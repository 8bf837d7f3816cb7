//! The outcome of a load: servers by name, what was read, and what was wrong with it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::layer::BrokenFile;
use super::nearest::nearest;
use super::own_settings::OwnSettings;
use super::server_entry::ServerEntry;
use crate::model::{Error, ErrorCode, Result};

/// Everything that the configuration says.
#[derive(Debug, Clone, Default)]
pub struct LoadedConfig {
    /// Servers that can be used, by name.
    pub servers: BTreeMap<String, ServerEntry>,
    /// Files that exist and were read, the weakest first; a malformed one is among them.
    pub files_read: Vec<PathBuf>,
    /// All places where a file may have been, the strongest first.
    pub looked_at: Vec<PathBuf>,
    /// What was ignored and why: one sentence each, for a person.
    pub warnings: Vec<String>,
    /// The settings of procman itself, merged key by key.
    pub settings: OwnSettings,
    /// Servers whose entry is faulty. A faulty entry still hides the sound one of a weaker file.
    pub(super) faulty: BTreeMap<String, Error>,
    /// Entries of editors that could not be used, and that nothing stands in for.
    pub(super) skipped: BTreeMap<String, Error>,
    pub(super) broken_files: Vec<BrokenFile>,
}

impl LoadedConfig {
    /// The server of this name.
    ///
    /// # Errors
    /// `ERR_CONFIG` if its entry is faulty, or if it is absent while a file that may hold it is malformed; else
    /// `ERR_SERVER_UNKNOWN`, naming the files that were read and the names that resemble it.
    pub fn find(&self, name: &str) -> Result<&ServerEntry> {
        if let Some(entry) = self.servers.get(name) {
            return Ok(entry);
        }
        if let Some(fault) = self.faulty.get(name).or_else(|| self.skipped.get(name)) {
            return Err(fault.clone());
        }
        // The strongest file is the one that people edit.
        if let Some(broken) = self.broken_files.last() {
            return Err(broken.hides(name));
        }
        Err(self.unknown(name))
    }

    /// Servers that cannot be used, and why.
    pub fn faults(&self) -> impl Iterator<Item = (&str, &Error)> {
        self.faulty.iter().map(|(name, fault)| (name.as_str(), fault))
    }

    fn unknown(&self, name: &str) -> Error {
        let near = nearest(name, self.servers.keys().chain(self.faulty.keys()).map(String::as_str));
        let hint =
            if near.is_empty() { self.all_names() } else { format!("did you mean {}?", near.join(" or ")) };
        let message = format!("server '{name}' is not configured; {hint} ({})", self.files());
        Error::new(ErrorCode::ServerUnknown, message)
            .detail("server", name)
            .detail("nearest", near)
            .detail("files", paths(&self.files_read))
            .detail("lookedAt", paths(&self.looked_at))
    }

    fn all_names(&self) -> String {
        if self.servers.is_empty() {
            return "add it under \"mcpServers\" of config/mcporter.json".to_owned();
        }
        let names: Vec<&str> = self.servers.keys().map(String::as_str).collect();
        format!("configured: {}", names.join(", "))
    }

    fn files(&self) -> String {
        if self.files_read.is_empty() {
            return format!("no configuration file found; looked at {}", paths(&self.looked_at).join(", "));
        }
        format!("read: {}", paths(&self.files_read).join(", "))
    }
}

fn paths(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}
