//! Configuration files as a real file system has them.

use std::fs;
use std::path::PathBuf;

use procman::mcp::config::{Disk, HostEnv, LoadOptions, load};
use procman::model::ErrorCode;

/// A project folder that goes with the test.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("procman-config-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("config")).expect("the temporary folder is writable");
        Self(folder)
    }

    fn options(&self) -> LoadOptions {
        LoadOptions { root_dir: self.0.clone(), home: Some(self.0.join("home")), ..LoadOptions::default() }
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_a_fault_and_no_absence() {
    let project = Project::new("folder");
    let path = project.0.join("config/mcporter.json");
    fs::create_dir(&path).unwrap();
    let config = load(&project.options(), &Disk).unwrap();
    assert_eq!(config.warnings.len(), 1);
    assert_eq!(config.find("s").unwrap_err().code(), ErrorCode::Config);
    let named = load(&LoadOptions { config_path: Some(path), ..project.options() }, &Disk).unwrap_err();
    assert_eq!(named.code(), ErrorCode::Config);
}

#[test]
fn a_link_to_a_file_is_read_and_paths_count_from_the_link() {
    let project = Project::new("link");
    let target = project.0.join("real.json");
    fs::write(&target, r#"{ "mcpServers": { "s": { "command": "x" } } }"#).unwrap();
    std::os::unix::fs::symlink(&target, project.0.join("config/mcporter.json")).unwrap();
    let config = load(&project.options(), &Disk).unwrap();
    let spec = config.find("s").unwrap().resolve(&HostEnv::default()).unwrap();
    assert_eq!(spec.cwd, project.0.join("config").into_os_string().into_encoded_bytes());
}

#[test]
fn a_program_with_a_space_in_its_path_is_found_on_disk() {
    let project = Project::new("space");
    fs::write(project.0.join("config/my tool"), "").unwrap();
    let text =
        r#"{ "mcpServers": { "there": { "command": "./my tool" }, "absent": { "command": "./no tool" } } }"#;
    fs::write(project.0.join("config/mcporter.json"), text).unwrap();
    let config = load(&project.options(), &Disk).unwrap();
    let command = |name| config.find(name).unwrap().resolve(&HostEnv::default()).unwrap().command;
    assert_eq!((command("there"), command("absent")), (b"./my tool".to_vec(), b"./no".to_vec()));
}
