//! Servers that a container engine runs. No engine is needed: a script on the `PATH` stands for its client, records what it is asked, and keeps
//! the "container" as a file. What a real engine does with the same words is not tested here.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use procman::engine::Target;
use serde_json::json;

use crate::host::{Host, example};

/// `run` starts the server; `$STUBBORN` clients outlive it and ignore SIGTERM, so that only SIGKILL ends them.
const CLIENT: &str = r#"#!/bin/sh
echo "$*" >> "$STATE/asked"
case "$1" in
run)
    echo c0ffee > "$STATE/container"
    [ -z "$STUBBORN" ] && { "$SERVER"; rm "$STATE/container"; exit 0; }
    trap '' TERM
    "$SERVER"
    while :; do sleep 1; done ;;
ps)
    [ -n "$UNREACHABLE" ] && { echo "Cannot connect to the daemon" >&2; exit 1; }
    [ -e "$STATE/container" ] && cat "$STATE/container" ;;
rm) rm "$STATE/container" ;;
esac
exit 0
"#;

/// A folder with the client, and what became of it.
struct Engine {
    folder: PathBuf,
}

impl Engine {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("procman-containers-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let client = folder.join("docker");
        fs::write(&client, CLIENT).unwrap();
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    /// One server is run by `docker run`, answers, and its pool is shut down.
    fn live_and_die(&self, host: &Host, variables: &[&str]) {
        let path = format!("{}:{}", self.folder.display(), std::env::var("PATH").unwrap());
        let mut env = json!({ "PATH": path, "STATE": self.folder, "SERVER": example("growing_server") });
        for name in variables {
            env[*name] = json!("1");
        }
        let command = json!({ "command": "docker", "args": ["run", "-i", "--rm", "image"], "env": env });
        let pool = host.pool_of(command, json!({ "graceMs": 100 }));
        host.answer(Target::Pool(pool), None, "pid", "{}").unwrap();
        assert!(self.has_container());
        host.shut_down_pool(pool);
    }

    fn has_container(&self) -> bool {
        self.folder.join("container").exists()
    }

    fn asked(&self) -> Vec<String> {
        fs::read_to_string(self.folder.join("asked")).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `run --label procman.cookie=… --label procman.unit=… -i --rm image`: the two labels.
fn labels(asked: &str) -> [&str; 2] {
    let words: Vec<&str> = asked.split(' ').collect();
    assert_eq!((words[0], words[1], words[3]), ("run", "--label", "--label"), "{asked}");
    assert_eq!(words[5..], ["-i", "--rm", "image"]);
    assert!(words[2].starts_with("procman.cookie=") && words[2].len() > 40, "{asked}");
    assert!(words[4].starts_with("procman.unit=unit-"), "{asked}");
    [words[2], words[4]]
}

#[test]
fn container_of_a_killed_client_is_removed_by_its_labels() {
    let (engine, host) = (Engine::new("killed"), Host::new());
    engine.live_and_die(&host, &["STUBBORN"]);
    let asked = engine.asked();
    let [cookie, unit] = labels(&asked[0]);
    let list = format!("ps --all --quiet --no-trunc --filter label={cookie} --filter label={unit}");
    assert_eq!(asked[1..], [list.as_str(), "rm --force c0ffee"]);
    assert!(!engine.has_container(), "gone before the pool's end was told");
    assert_eq!(host.engine.warnings(), Vec::<String>::new());
}

#[test]
fn container_of_an_engine_that_does_not_answer_is_named() {
    let (engine, host) = (Engine::new("unreachable"), Host::new());
    engine.live_and_die(&host, &["STUBBORN", "UNREACHABLE"]);
    let warnings = host.engine.warnings();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(
        warning.contains("may still run") && warning.contains("Cannot connect to the daemon"),
        "{warning}"
    );
    let asked = engine.asked();
    let advice = labels(&asked[0]).map(|label| format!("--filter label={label}")).join(" ");
    assert!(warning.contains(&format!("docker rm --force $(docker ps --all --quiet {advice})")), "{warning}");
}

/// Negative control: a client that ends by itself has seen to its container, and the engine is not asked.
#[test]
fn engine_is_not_asked_about_a_client_that_left_politely() {
    let (engine, host) = (Engine::new("polite"), Host::new());
    engine.live_and_die(&host, &[]);
    assert_eq!(engine.asked().len(), 1);
    assert!(!engine.has_container());
}
