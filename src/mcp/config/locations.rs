//! Where configuration files may be, in which order, and how their paths are completed.

use std::path::{Component, Path, PathBuf};

use super::HostEnv;
use super::files::Files;

/// The files that one load has to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Locations {
    /// The caller or `MCPORTER_CONFIG` named one file, and only that one counts.
    Explicit(PathBuf),
    /// What was found of the usual places.
    Layers {
        /// `.mcp.json` of the project, which is weaker than everything that mcporter reads.
        project_mcp: Option<PathBuf>,
        /// mcporter's own files, weakest first.
        found: Vec<PathBuf>,
        /// All places that were looked at, strongest first.
        looked_at: Vec<PathBuf>,
    },
}

/// Decides which files count.
pub(super) fn locate(
    config_path: Option<&Path>,
    root: &Path,
    home: Option<&Path>,
    env: &HostEnv,
    files: &dyn Files,
) -> Locations {
    let named =
        config_path.map(|path| path.to_string_lossy().into_owned()).or_else(|| env.get("MCPORTER_CONFIG"));
    if let Some(named) = named.as_deref().map(str::trim).filter(|named| !named.is_empty()) {
        return Locations::Explicit(absolute(root, &expand_home(named, home)));
    }
    let project_mcp = root.join(".mcp.json");
    let home_candidates = home_candidates(home, env);
    let project = absolute(root, Path::new("config/mcporter.json"));
    let first_home = home_candidates.iter().find(|candidate| files.exists(candidate)).cloned();
    let found = [first_home, Some(project.clone())];
    Locations::Layers {
        found: found.into_iter().flatten().filter(|path| files.exists(path)).collect(),
        looked_at: [project].into_iter().chain(home_candidates).chain([project_mcp.clone()]).collect(),
        project_mcp: files.exists(&project_mcp).then_some(project_mcp),
    }
}

/// Only the first that exists counts.
fn home_candidates(home: Option<&Path>, env: &HostEnv) -> Vec<PathBuf> {
    let xdg = env
        .get("XDG_CONFIG_HOME")
        .map(|folder| expand_home(folder.trim(), home))
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("mcporter"));
    let folders = [xdg, home.map(|home| home.join(".mcporter"))];
    let files = folders
        .into_iter()
        .flatten()
        .flat_map(|folder| ["mcporter.json", "mcporter.jsonc"].map(|name| folder.join(name)));
    files.collect()
}

/// Replaces a leading `~` by the home folder.
pub(super) fn expand_home(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with(['/', '\\']) => home.join(&rest[1..]),
        _ => PathBuf::from(text),
    }
}

/// Joins and tidies without asking the file system: `..` undoes the name before it, links are not followed.
pub(super) fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(tidy.pop()),
            other => tidy.push(other),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn found(existing: &[&str], env: &HostEnv) -> Vec<String> {
        let files: BTreeMap<PathBuf, String> =
            existing.iter().map(|path| (path.into(), String::new())).collect();
        match locate(None, Path::new("/p"), Some(Path::new("/h")), env, &files) {
            Locations::Explicit(path) => vec![format!("only {}", path.display())],
            Locations::Layers { project_mcp, found, .. } => {
                project_mcp.iter().chain(&found).map(|path| path.display().to_string()).collect()
            }
        }
    }

    fn env(variables: &[(&'static str, &'static str)]) -> HostEnv {
        variables.iter().copied().collect()
    }

    #[test]
    fn layers_come_weakest_first() {
        let all = [
            "/p/.mcp.json",
            "/p/config/mcporter.json",
            "/h/.mcporter/mcporter.json",
            "/h/.mcporter/mcporter.jsonc",
        ];
        let expected = ["/p/.mcp.json", "/h/.mcporter/mcporter.json", "/p/config/mcporter.json"];
        assert_eq!(found(&all, &env(&[])), expected);
        assert_eq!(found(&["/h/.mcporter/mcporter.jsonc"], &env(&[])), ["/h/.mcporter/mcporter.jsonc"]);
        assert!(found(&[], &env(&[])).is_empty());
    }

    #[test]
    fn xdg_counts_only_if_absolute_and_goes_before_the_dot_folder() {
        let both = ["/x/mcporter/mcporter.jsonc", "/h/.mcporter/mcporter.json"];
        assert_eq!(found(&both, &env(&[("XDG_CONFIG_HOME", "/x")])), ["/x/mcporter/mcporter.jsonc"]);
        assert_eq!(found(&both, &env(&[("XDG_CONFIG_HOME", "x")])), ["/h/.mcporter/mcporter.json"]);
        assert_eq!(
            found(&["/h/x/mcporter/mcporter.json"], &env(&[("XDG_CONFIG_HOME", "~/x")])),
            ["/h/x/mcporter/mcporter.json"]
        );
        assert_eq!(
            found(&["/h/.mcporter/mcporter.json"], &env(&[("XDG_CONFIG_HOME", "/x")])),
            ["/h/.mcporter/mcporter.json"]
        );
    }

    #[test]
    fn a_named_file_is_the_only_one() {
        let files = ["/p/config/mcporter.json"];
        assert_eq!(found(&files, &env(&[("MCPORTER_CONFIG", " ~/a/../b.json ")])), ["only /h/b.json"]);
        assert_eq!(found(&files, &env(&[("MCPORTER_CONFIG", "sub/b.json")])), ["only /p/sub/b.json"]);
        assert_eq!(found(&files, &env(&[("MCPORTER_CONFIG", "  ")])), files);
    }
}
