//! What a sweep of left-over files found and did.

use serde::{Deserialize, Serialize};

/// A kind of left-over file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftoverKind {
    /// `*.mcp.sock`.
    Socket,
    /// A list of pids, with its `.groups` and `.services`.
    Pids,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftoverFile {
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: LeftoverKind,
    /// Why it was removed, or kept, for people.
    pub reason: String,
}

/// The outcome. In a dry run `removed` is what would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSweepReport {
    /// Provably nobody's, and gone.
    pub removed: Vec<LeftoverFile>,
    /// Somebody's, or perhaps.
    pub kept: Vec<LeftoverFile>,
}

/// One line of a list of pids, and who has the number now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedProcess {
    /// The service, where the list names it.
    pub service: Option<String>,
    /// The number that was written down.
    pub pid: i32,
    /// The process group that was written down, where there was one.
    pub pgid: Option<i32>,
    /// What became of it.
    pub state: RecordedState,
    /// Who has the number now, whatever its state.
    pub process: Option<super::ProcessInfo>,
}

/// What became of a recorded process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedState {
    /// Whoever has the number was there when it was written down.
    Running,
    /// Nobody has the number, or only a zombie.
    Gone,
    /// Another process has the number than the one that was recorded: a stranger.
    Reused,
    /// Whoever has the number may be the one, or not: nothing that was recorded tells.
    Uncertain,
}
