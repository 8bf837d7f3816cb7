//! The folder of ledgers: read with distrust, because its files name what may be killed. Decides nothing about processes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::guard::{LedgerHead, guard_of_name, ledger_folder};
use crate::sys::poll::PollSet;

/// Held by a sweep as long as it runs; the kernel gives it back when its process dies.
const LOCK_NAME: &str = "sweep.lock";

/// How often a waiting sweep looks whether the lock is free.
const LOCK_PACE: Duration = Duration::from_millis(50);

/// The first line is far shorter.
const HEAD_LIMIT: u64 = 64 * 1024;

/// Where the lines of earlier sweeps are.
const TAIL_LIMIT: u64 = 4096;

/// The folder, checked.
#[derive(Debug)]
pub(super) struct LedgerFiles {
    folder: PathBuf,
    uid: u32,
}

/// A file with the name of a ledger.
#[derive(Debug)]
pub(super) struct LedgerFile {
    pub(super) path: PathBuf,
    /// The guard's, from the name of the file.
    pub(super) guard_pid: i32,
    /// The same.
    pub(super) start_token: String,
    pub(super) content: Content,
}

/// What is in it.
#[derive(Debug)]
pub(super) enum Content {
    /// A ledger.
    Ledger {
        head: LedgerHead,
        /// When an earlier sweep asked its leftovers to end, since boot.
        asked_at: Option<Duration>,
    },
    /// No whole line yet: its guard has just begun, or died before it had forked anybody.
    Unwritten,
    /// No ledger of ours, for people.
    Unusable(String),
}

/// The line that a sweep adds.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    /// Milliseconds since boot.
    asked_at: u64,
}

impl LedgerFiles {
    /// `None` where there is no folder, and so nothing to sweep.
    pub(super) fn open(state_dir: &Path, uid: u32) -> io::Result<Option<Self>> {
        let folder = ledger_folder(state_dir);
        let metadata = match fs::symlink_metadata(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            metadata => metadata?,
        };
        let what = if !metadata.is_dir() {
            "it is not a folder"
        } else if metadata.uid() != uid {
            "it belongs to another user"
        } else if metadata.mode() & 0o022 != 0 {
            "others may write there"
        } else {
            return Ok(Some(Self { folder, uid }));
        };
        Err(io::Error::new(ErrorKind::PermissionDenied, what))
    }

    /// The right to sweep this folder; `None` when somebody else had it all the time.
    pub(super) fn lock(&self, patience: Duration) -> io::Result<Option<File>> {
        let path = self.folder.join(LOCK_NAME);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        let file = options.open(path)?;
        let until = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(fs::TryLockError::Error(error)) => return Err(error),
                Err(fs::TryLockError::WouldBlock) if Instant::now() >= until => return Ok(None),
                Err(fs::TryLockError::WouldBlock) => PollSet::default().wait(Some(LOCK_PACE))?,
            }
        }
    }

    /// Every file with the name of a ledger.
    pub(super) fn all(&self) -> io::Result<Vec<LedgerFile>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some((guard_pid, start_token)) = name.to_str().and_then(guard_of_name) else { continue };
            let content = match self.read(&entry.path(), guard_pid, start_token) {
                // Its guard has left in the meantime.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => Content::Unusable(error.to_string()),
                Ok(content) => content,
            };
            let start_token = start_token.to_owned();
            found.push(LedgerFile { path: entry.path(), guard_pid, start_token, content });
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    fn read(&self, path: &Path, guard_pid: i32, start_token: &str) -> io::Result<Content> {
        // Non-blocking: a fifo with the name of a ledger must not hold a sweep.
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(Content::Unusable("it is no plain file".to_owned()));
        }
        if metadata.uid() != self.uid || metadata.mode() & 0o022 != 0 {
            return Ok(Content::Unusable("another user could have written it".to_owned()));
        }
        let mut start = Vec::new();
        Read::by_ref(&mut file).take(HEAD_LIMIT).read_to_end(&mut start)?;
        let Some(end) = start.iter().position(|byte| *byte == b'\n') else {
            let is_cut = metadata.len() < HEAD_LIMIT;
            return Ok(if is_cut { Content::Unwritten } else { unusable("its first line has no end") });
        };
        let head: LedgerHead = match serde_json::from_slice(&start[..end]) {
            Ok(head) => head,
            Err(error) => return Ok(unusable(&format!("its first line is no ledger's: {error}"))),
        };
        if head.guard.pid != guard_pid || head.guard.start_token != start_token {
            return Ok(unusable("it has another guard's name"));
        }
        Ok(Content::Ledger { head, asked_at: last_asked(&mut file, metadata.len())? })
    }
}

fn unusable(why: &str) -> Content {
    Content::Unusable(why.to_owned())
}

fn last_asked(file: &mut File, size: u64) -> io::Result<Option<Duration>> {
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL_LIMIT)))?;
    let mut tail = Vec::new();
    file.take(TAIL_LIMIT).read_to_end(&mut tail)?;
    let lines = tail.split(|byte| *byte == b'\n').rev();
    let asked = lines.filter_map(|line| serde_json::from_slice::<Asked>(line).ok()).next();
    Ok(asked.map(|asked| Duration::from_millis(asked.asked_at)))
}

impl LedgerFile {
    /// Notes that its leftovers were asked to end: a sweep that does not live to kill them leaves that to the next one.
    pub(super) fn note_asked(&self, since_boot: Duration) {
        let line = Asked { asked_at: u64::try_from(since_boot.as_millis()).unwrap_or(u64::MAX) };
        let note = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).custom_flags(libc::O_NOFOLLOW).open(&self.path)?;
            file.write_all(format!("{}\n", serde_json::to_string(&line)?).as_bytes())
        };
        // Without the note they get their grace once more.
        let _ = note();
    }

    /// Nothing is left that it could lead to.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}
