//! Where each editor keeps its servers, the project before the user. Linux's places, and those that mcporter tries everywhere.

use std::path::{Path, PathBuf};

use super::super::load_options::LoadOptions;
use super::super::locations::{absolute, expand_home};
use super::ImportKind;

/// The files of `kind`, the strongest first.
pub(super) fn of(kind: ImportKind, options: &LoadOptions) -> Vec<PathBuf> {
    let found = match kind {
        ImportKind::Cursor => cursor(options),
        ImportKind::ClaudeCode => claude_code(options),
        ImportKind::ClaudeDesktop => in_home(options, &[".config/Claude/settings.json"]),
        ImportKind::Codex => here_and_in_home(options, &[".codex/config.toml"], &[".codex/config.toml"]),
        ImportKind::Windsurf => in_home(
            options,
            &[
                ".codeium/windsurf/mcp_config.json",
                ".codeium/windsurf-next/mcp_config.json",
                ".windsurf/mcp_config.json",
                ".config/.codeium/windsurf/mcp_config.json",
            ],
        ),
        ImportKind::OpenCode => open_code(options),
        ImportKind::VsCode => here_and_in_home(
            options,
            &[".vscode/mcp.json"],
            &[".config/Code/User/mcp.json", ".config/Code - Insiders/User/mcp.json"],
        ),
    };
    let mut distinct: Vec<PathBuf> = Vec::new();
    for path in found.iter().map(|path| completed(path, options)) {
        if !distinct.contains(&path) {
            distinct.push(path);
        }
    }
    distinct
}

fn cursor(options: &LoadOptions) -> Vec<PathBuf> {
    let user = [
        ".cursor/mcp.json",
        "AppData/Roaming/Cursor/User/mcp.json",
        "Library/Application Support/Cursor/User/mcp.json",
    ];
    let mut found = here_and_in_home(options, &[".cursor/mcp.json"], &user);
    found.extend(variable(options, "XDG_CONFIG_HOME").map(|folder| folder.join("Cursor/User/mcp.json")));
    found
}

fn claude_code(options: &LoadOptions) -> Vec<PathBuf> {
    let folder = [".claude/settings.local.json", ".claude/settings.json", ".claude/mcp.json"];
    let mut found = here_and_in_home(options, &folder, &folder);
    found.extend(in_home(options, &[".claude.json"]));
    found
}

fn open_code(options: &LoadOptions) -> Vec<PathBuf> {
    let files = |folder: PathBuf| ["opencode.jsonc", "opencode.json"].map(|name| folder.join(name));
    let config_home = variable(options, "XDG_CONFIG_HOME");
    let config_home = config_home.or_else(|| Some(options.home.as_ref()?.join(".config")));
    let mut found = Vec::new();
    found.extend(variable(options, "OPENCODE_CONFIG"));
    found.extend(files(options.root_dir.clone()));
    found.extend(variable(options, "OPENCODE_CONFIG_DIR").into_iter().flat_map(files));
    found.push(options.root_dir.join(".openai/config.json"));
    found.extend(variable(options, "OPENAI_WORKDIR").map(|folder| folder.join(".openai/config.json")));
    found.extend(config_home.iter().map(|folder| folder.join("openai/config.json")));
    found.extend(config_home.into_iter().flat_map(|folder| files(folder.join("opencode"))));
    found
}

fn here_and_in_home(options: &LoadOptions, here: &[&str], home: &[&str]) -> Vec<PathBuf> {
    let here = here.iter().map(|path| options.root_dir.join(path));
    here.chain(in_home(options, home)).collect()
}

fn in_home(options: &LoadOptions, paths: &[&str]) -> Vec<PathBuf> {
    options.home.iter().flat_map(|home| paths.iter().map(|path| home.join(path))).collect()
}

fn variable(options: &LoadOptions, name: &str) -> Option<PathBuf> {
    options.env.get_non_empty(name).map(PathBuf::from)
}

fn completed(path: &Path, options: &LoadOptions) -> PathBuf {
    absolute(&options.root_dir, &expand_home(&path.to_string_lossy(), options.home.as_deref()))
}
