//! Processes of editors: they open, index and serve the files of every tool that a rule could name, and are none of them.

use super::program::Program;
use crate::model::ProcessInfo;

/// Folders that editors bring their own interpreters and servers in.
const FOLDERS: [&str; 11] = [
    "/.vscode-server/",
    "/.vscode-server-insiders/",
    "/.vscode-remote/",
    "/.cursor-server/",
    "/.windsurf-server/",
    "/.vscode/extensions/",
    "/.cursor/extensions/",
    "/share/code/",
    "/share/cursor/",
    "/JetBrains/",
    "/.zed_server/",
];

/// Editors that run under a name of their own.
const NAMES: [&str; 24] = [
    "code",
    "code-insiders",
    "code-server",
    "codium",
    "cursor",
    "windsurf",
    "zed",
    "zed-editor",
    "sublime_text",
    "vi",
    "vim",
    "vim.basic",
    "vim.tiny",
    "gvim",
    "nvim",
    "emacs",
    "emacsclient",
    "nano",
    "hx",
    "helix",
    "micro",
    "kate",
    "gedit",
    "idea",
];

/// Whether a process runs out of an editor's own folder: no rule means it.
pub(super) fn is_part_of_editor(process: &ProcessInfo) -> bool {
    let script = process.argv.iter().skip(1).find(|arg| !arg.starts_with('-'));
    let paths = process.exe.iter().chain(process.argv.first()).chain(script);
    paths.into_iter().any(|path| FOLDERS.iter().any(|folder| path.contains(folder)))
}

/// Whether a process is an editor by name: only a rule that names it means it.
pub(super) fn is_editor(programs: &[Program]) -> bool {
    let executable = programs.first();
    executable.is_some_and(|program| program.names.iter().any(|name| NAMES.contains(&name.as_str())))
}
