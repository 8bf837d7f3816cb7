//! The audit log on a real file system.

use std::os::unix::fs::symlink;

use super::*;
use crate::sweep::test_processes::process;
use serde_json::{Value, json};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("procman-audit-{name}-{}", prctl::own_pid()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn log(&self) -> AuditLog {
        AuditLog::new(self.0.join("audit.jsonl"), "[brAInwav]".into())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn entry(pid: i32) -> AuditEntry {
    let process = process(pid).argv(&["/usr/bin/node", "server.js", "--token", "hunter2"]).build();
    AuditEntry {
        action: "stopped",
        rule: "vitest".into(),
        reasons: vec!["is 301 s old, over 300 s".into()],
        process,
    }
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_is_json_with_prefix_and_without_secrets_and_nobody_else_may_read_it() {
    let folder = Folder::new("line");
    let log = folder.log();
    log.append(&[entry(7), entry(8)]).unwrap();
    log.append(&[entry(9)]).unwrap();
    let lines = lines(&log.path);
    assert_eq!(lines.iter().map(|line| line["pid"].as_i64().unwrap()).collect::<Vec<_>>(), [7, 8, 9]);
    assert_eq!(lines[0]["message"], "[brAInwav] stopped node (pid 7): is 301 s old, over 300 s");
    assert_eq!(lines[0]["argv"], json!(["/usr/bin/node", "server.js", "--token", "[redacted]"]));
    assert_eq!(fs::metadata(&log.path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_others_could_read_is_made_private() {
    let folder = Folder::new("mode");
    let log = folder.log();
    fs::write(&log.path, "").unwrap();
    fs::set_permissions(&log.path, Permissions::from_mode(0o644)).unwrap();
    log.append(&[entry(7)]).unwrap();
    assert_eq!(fs::metadata(&log.path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_link_and_a_folder_are_refused_with_the_path_and_what_to_do() {
    let folder = Folder::new("link");
    let log = folder.log();
    let victim = folder.0.join("victim");
    fs::write(&victim, "untouched").unwrap();
    symlink(&victim, &log.path).unwrap();
    let warning = log.append(&[entry(7)]).unwrap_err();
    assert!(warning.contains("audit.jsonl") && warning.contains("auditLog"), "{warning}");
    fs::remove_file(&log.path).unwrap();
    fs::hard_link(&victim, &log.path).unwrap();
    assert!(log.append(&[entry(7)]).is_err(), "a hard link of another file");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    fs::remove_file(&log.path).unwrap();
    fs::create_dir(&log.path).unwrap();
    assert!(log.append(&[entry(7)]).is_err());
}

#[test]
fn a_large_file_is_rotated_and_three_older_ones_are_kept() {
    let folder = Folder::new("rotate");
    let mut log = folder.log();
    log.max_bytes = 1;
    for pid in 1..=6 {
        log.append(&[entry(pid)]).unwrap();
    }
    let pid = |path: &Path| lines(path)[0]["pid"].as_i64().unwrap();
    assert_eq!(pid(&log.path), 6);
    assert_eq!((1..=3).map(|number| pid(&log.older(number))).collect::<Vec<_>>(), [5, 4, 3]);
    assert!(!log.older(4).exists());
}
