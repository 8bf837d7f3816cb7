//! What earlier starts taught of each command's protocol: in memory, and in one small file of the state directory so that the next process
//! need not ask again. Losing it costs a question; so no failure of the file is an error.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::config::{ServerEntry, Transport};
use super::era::{EraLesson, EraPlan};
use crate::model::{Protocol, SpawnSpec};

const FILE: &str = "eras.json";

/// The commands of one machine are few; what is beyond this is old.
const MOST: usize = 500;

/// A command as it is now: another argument, another value in the entry's `env`, or an upgraded program is another command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EraKey(String);

impl EraKey {
    /// The key of an entry that starts as `spec`. Nothing of `env` can be read back from it.
    #[must_use]
    pub fn of(entry: &ServerEntry, spec: &SpawnSpec) -> Self {
        let mut hasher = DefaultHasher::new();
        (&spec.command, &spec.args, &spec.cwd).hash(&mut hasher);
        for (name, value) in own_variables(entry, spec) {
            (name, value).hash(&mut hasher);
        }
        let program = program_of(spec);
        program.hash(&mut hasher);
        program
            .and_then(|path| fs::metadata(path).ok())
            .map(|file| (file.mtime(), file.mtime_nsec(), file.size()))
            .hash(&mut hasher);
        Self(format!("{:016x}", hasher.finish()))
    }
}

/// What the entry itself sets: the host's other variables change from shell to shell.
fn own_variables<'s>(entry: &ServerEntry, spec: &'s SpawnSpec) -> Vec<(String, Option<&'s [u8]>)> {
    let Transport::Stdio { env, .. } = &entry.transport else { return Vec::new() };
    env.iter().map(|(name, _)| (name.clone(), variable(spec, name))).collect()
}

fn variable<'s>(spec: &'s SpawnSpec, name: &str) -> Option<&'s [u8]> {
    spec.env.iter().find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// The file that the command is: a path, or the first of that name in `PATH`.
fn program_of(spec: &SpawnSpec) -> Option<PathBuf> {
    let command = std::str::from_utf8(&spec.command).ok()?;
    if command.contains('/') {
        return Some(Path::new(std::str::from_utf8(&spec.cwd).ok()?).join(command));
    }
    let path = std::str::from_utf8(variable(spec, "PATH")?).ok()?;
    std::env::split_paths(path).map(|folder| folder.join(command)).find(|file| file.is_file())
}

/// The memory of one engine.
#[derive(Debug, Default)]
pub struct EraCache {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    folder: Option<PathBuf>,
    lessons: BTreeMap<EraKey, EraLesson>,
}

impl EraCache {
    /// How to begin with a server; `folder` is the state directory.
    #[must_use]
    pub fn plan(&self, key: &EraKey, protocol: Protocol, folder: Option<&Path>) -> EraPlan {
        let mut inner = self.inner.lock();
        if inner.folder.as_deref() != folder {
            inner.folder = folder.map(Path::to_owned);
            let read = folder.map(|folder| read(&folder.join(FILE))).unwrap_or_default();
            for (key, lesson) in read {
                inner.lessons.entry(key).or_insert(lesson);
            }
        }
        EraPlan::new(protocol, inner.lessons.get(key).copied())
    }

    /// A start that began by `plan` showed what the server speaks.
    pub fn learn(&self, key: &EraKey, plan: EraPlan, lesson: EraLesson) {
        // A server that took `initialize` was not asked for the other protocol.
        if (plan, lesson) != (EraPlan::LegacyFirst, EraLesson::Legacy) {
            self.change(key, Some(lesson));
        }
    }

    /// A start by `plan` failed: what was known may be wrong.
    pub fn forget(&self, key: &EraKey) {
        self.change(key, None);
    }

    fn change(&self, key: &EraKey, lesson: Option<EraLesson>) {
        let mut inner = self.inner.lock();
        let before = inner.lessons.get(key).copied();
        set(&mut inner.lessons, key, lesson);
        if before != lesson
            && let Some(folder) = &inner.folder
        {
            let _ = write(folder, key, lesson);
        }
    }
}

fn set(lessons: &mut BTreeMap<EraKey, EraLesson>, key: &EraKey, lesson: Option<EraLesson>) {
    match lesson {
        Some(lesson) => drop(lessons.insert(key.clone(), lesson)),
        None => drop(lessons.remove(key)),
    }
}

fn read(path: &Path) -> BTreeMap<EraKey, EraLesson> {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Whole or not at all; what other processes wrote meanwhile stays.
fn write(folder: &Path, key: &EraKey, lesson: Option<EraLesson>) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut all = read(&folder.join(FILE));
    set(&mut all, key, lesson);
    while all.len() > MOST {
        all.pop_first();
    }
    let draft = folder.join(format!("{FILE}.{}", std::process::id()));
    let file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&draft)?;
    serde_json::to_writer_pretty(file, &all)?;
    fs::rename(&draft, folder.join(FILE))
}
