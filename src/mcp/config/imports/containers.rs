//! Where in an editor's file the servers stand.
//!
//! | file | containers, the first that has a name wins | if none of them is there |
//! |---|---|---|
//! | Codex (TOML) | `mcp_servers` | – |
//! | OpenCode | `mcp` | – |
//! | Claude Code's `settings*.json` | `mcpServers`, `servers`, `mcp` | – |
//! | all others | `mcpServers`, `servers`, `mcp` | the whole file |
//!
//! After these, in every JSON file: `projects.<root>.mcpServers` of this project, which is where Claude Code keeps what it was told there.

use std::path::Path;

use serde_json::{Map, Value};

use super::super::load_options::LoadOptions;
use super::super::locations::{absolute, expand_home};
use super::ImportKind;
use super::convert::convert;

/// An entry, in mcporter's own form.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) entry: Value,
    /// Keys from the root of the file down to what holds it.
    pub(super) container: Vec<String>,
}

/// The entries of a file, each name once.
pub(super) fn entries(
    kind: ImportKind,
    path: &Path,
    root: &Map<String, Value>,
    options: &LoadOptions,
) -> Vec<Found> {
    let mut found = Vec::new();
    if path.extension().is_some_and(|extension| extension == "toml") {
        add(&mut found, root, &["mcp_servers"]);
        return found;
    }
    let usual: &[&str] =
        if kind == ImportKind::OpenCode { &["mcp"] } else { &["mcpServers", "servers", "mcp"] };
    let present: Vec<&str> =
        usual.iter().copied().filter(|key| root.get(*key).is_some_and(Value::is_object)).collect();
    for key in &present {
        add(&mut found, root, &[key]);
    }
    if present.is_empty() && may_be_bare(kind, path) {
        add(&mut found, root, &[]);
    }
    for project in projects_of(root, options) {
        add(&mut found, root, &["projects", project, "mcpServers"]);
    }
    found
}

/// Whether the servers may stand in the file's root.
fn may_be_bare(kind: ImportKind, path: &Path) -> bool {
    match kind {
        ImportKind::OpenCode => false,
        ImportKind::ClaudeCode => {
            let path = path.to_string_lossy();
            path.ends_with(".claude.json") || path.ends_with("/.claude/mcp.json")
        }
        _ => true,
    }
}

/// The keys of `projects` that mean this project; several spellings of a path may.
fn projects_of<'a>(root: &'a Map<String, Value>, options: &LoadOptions) -> Vec<&'a str> {
    let projects = root.get("projects").and_then(Value::as_object);
    let resolved = |path: &str| absolute(&options.root_dir, &expand_home(path, options.home.as_deref()));
    let keys = projects.into_iter().flat_map(Map::keys).map(String::as_str);
    keys.filter(|key| !key.is_empty() && resolved(key) == absolute(&options.root_dir, Path::new("")))
        .collect()
}

/// Adds the entries at `container` whose names are new. A list counts as an object with numbers for names.
fn add(found: &mut Vec<Found>, root: &Map<String, Value>, container: &[&str]) {
    let Some(holder) = descend(root, container) else { return };
    for (name, value) in holder {
        if found.iter().any(|known| known.name == name) {
            continue;
        }
        if let Some(entry) = value.as_object().and_then(convert) {
            let container = container.iter().map(|&key| key.to_owned()).collect();
            found.push(Found { name, entry: Value::Object(entry), container });
        }
    }
}

fn descend<'a>(root: &'a Map<String, Value>, path: &[&str]) -> Option<Vec<(String, &'a Value)>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(root.iter().map(|(name, value)| (name.clone(), value)).collect());
    };
    match root.get(*first)? {
        Value::Object(inner) => descend(inner, rest),
        Value::Array(items) if *first == "mcp_servers" => {
            Some(items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect())
        }
        _ => None,
    }
}
