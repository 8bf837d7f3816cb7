//! One reading of the configuration, and whether another one would find the same: options, and the state of every file that was asked for,
//! also of those that were not there. Looks at files, never writes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::files::{Disk, Files};
use super::load::load;
use super::load_options::LoadOptions;
use super::loaded_config::LoadedConfig;
use crate::model::Result;

/// A file that was changed this shortly before a reading may be changed again without another time stamp: file systems count in steps.
const STEP: Duration = Duration::from_secs(2);

/// What was read, and from what.
#[derive(Debug)]
pub struct Reading {
    config: Arc<LoadedConfig>,
    options: LoadOptions,
    /// `None`: at least one file was too young to be recognised again.
    files: Option<BTreeMap<PathBuf, Option<Stamp>>>,
}

/// What changes with the content of a file. The change time, because the modification time can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Reading {
    /// Reads the configuration from the disk.
    ///
    /// # Errors
    /// As [`load`] has them.
    pub fn of(options: LoadOptions) -> Result<Self> {
        let young = SystemTime::now() - STEP;
        let files = Stamped::default();
        let config = Arc::new(load(&options, &files)?);
        let stamps = files.seen.into_inner();
        let settled = stamps.values().flatten().all(|stamp| stamp.is_before(young));
        Ok(Self { config, options, files: settled.then_some(stamps) })
    }

    /// What it says.
    #[must_use]
    pub fn config(&self) -> &Arc<LoadedConfig> {
        &self.config
    }

    /// Whether these options led to it.
    #[must_use]
    pub fn is_of(&self, options: &LoadOptions) -> bool {
        self.options == *options
    }

    /// Whether these options would lead to the same now.
    #[must_use]
    pub fn is_current(&self, options: &LoadOptions) -> bool {
        let unchanged = |files: &BTreeMap<PathBuf, Option<Stamp>>| {
            files.iter().all(|(path, stamp)| Stamp::of(path) == *stamp)
        };
        self.is_of(options) && self.files.as_ref().is_some_and(unchanged)
    }
}

impl Stamp {
    /// `None`: nothing is there that this user may look at.
    fn of(path: &Path) -> Option<Self> {
        let found = path.metadata().ok()?;
        Some(Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }

    fn is_before(self, time: SystemTime) -> bool {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        u64::try_from(self.changed.0).is_ok_and(|changed| changed < seconds)
    }
}

/// The disk, with the stamp of each path taken before it is looked at.
#[derive(Default)]
struct Stamped {
    seen: RefCell<BTreeMap<PathBuf, Option<Stamp>>>,
}

impl Stamped {
    fn note(&self, path: &Path) {
        self.seen.borrow_mut().entry(path.to_owned()).or_insert_with(|| Stamp::of(path));
    }
}

impl Files for Stamped {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(path);
        Disk.read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.note(path);
        Disk.exists(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.note(path);
        Disk.is_file(path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn options(root: &Path) -> LoadOptions {
        LoadOptions { root_dir: root.to_owned(), ..LoadOptions::default() }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("procman-reading-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// As if it had been read long after its files were written.
    fn read_later(root: &Path) -> Reading {
        let files = Stamped::default();
        let config = Arc::new(load(&options(root), &files).unwrap());
        Reading { config, options: options(root), files: Some(files.seen.into_inner()) }
    }

    #[test]
    fn a_reading_is_current_until_a_file_comes_goes_or_changes() {
        let root = &folder("changes");
        let file = root.join(".mcp.json");
        let write = |command: &str| {
            fs::write(&file, format!("{{ \"mcpServers\": {{ \"s\": {{ \"command\": \"{command}\" }} }} }}"))
        };
        let before = read_later(root);
        assert!(before.is_current(&options(root)));
        write("one").unwrap();
        assert!(!before.is_current(&options(root)), "it came");
        let one = read_later(root);
        assert!(one.is_current(&options(root)));
        fs::remove_file(&file).unwrap();
        assert!(!one.is_current(&options(root)), "it went");
        assert!(before.is_current(&options(root)));
        write("two").unwrap();
        assert!(!one.is_current(&options(root)), "another file, of the same size");
        let elsewhere = LoadOptions { home: Some("/h".into()), ..options(root) };
        assert!(!read_later(root).is_current(&elsewhere), "other options");
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_file_that_was_just_written_is_not_trusted() {
        let root = &folder("young");
        fs::write(root.join(".mcp.json"), "{ \"mcpServers\": {} }").unwrap();
        let reading = Reading::of(options(root)).unwrap();
        assert!(!reading.is_current(&options(root)));
        fs::remove_dir_all(root).unwrap();
    }
}
