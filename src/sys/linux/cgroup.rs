//! cgroup v2 leaves, where this process may make them: an atomic kill and a proof that nobody is left.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::mount;

/// A cgroup of our own. Dropping it removes nothing: the process that made it may not be the last that uses it.
#[derive(Debug, Clone)]
pub struct Cgroup {
    path: PathBuf,
}

impl Cgroup {
    /// Makes a cgroup below the one that this process is in.
    ///
    /// # Errors
    /// `Unsupported` without a cgroup v2 hierarchy or with a kernel that has no `cgroup.kill`, EACCES and the like where it is not ours to
    /// write.
    pub fn below_own(name: &str) -> io::Result<Self> {
        let own = own_directory()?;
        // Moving a process needs write access to the common ancestor's list too.
        mount::may(&own.join("cgroup.procs"), libc::W_OK)?;
        let made = Self::make(&own, name)?;
        if made.path.join("cgroup.kill").exists() {
            return Ok(made);
        }
        let _ = made.remove();
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Makes a cgroup in this one, and this one again should somebody have removed it while it was empty.
    ///
    /// # Errors
    /// What `mkdir(2)` says.
    pub fn leaf(&self, name: &str) -> io::Result<Self> {
        if !self.path.exists() {
            fs::create_dir(&self.path)?;
        }
        Self::make(&self.path, name)
    }

    /// The cgroup that this one is in.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        Some(Self { path: self.path.parent()?.to_owned() })
    }

    /// The cgroups beside this one whose name starts so, with the rest of the name.
    #[must_use]
    pub fn siblings(&self, prefix: &str) -> Vec<(Self, String)> {
        let Some(entries) = self.path.parent().and_then(|parent| fs::read_dir(parent).ok()) else {
            return Vec::new();
        };
        let named = |name: &str| name.strip_prefix(prefix).map(str::to_owned);
        entries
            .flatten()
            .filter_map(|entry| Some((Self { path: entry.path() }, named(entry.file_name().to_str()?)?)))
            .filter(|(sibling, _)| sibling.path != self.path)
            .collect()
    }

    fn make(parent: &Path, name: &str) -> io::Result<Self> {
        let path = parent.join(name);
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A descriptor through which a process joins, see [`join`].
    ///
    /// # Errors
    /// What `open(2)` says.
    pub fn door(&self) -> io::Result<OwnedFd> {
        open_for_writing(&self.path.join("cgroup.procs")).map(OwnedFd::from)
    }

    /// Kills every process in it, those that are being forked too.
    ///
    /// # Errors
    /// What `open(2)` and `write(2)` say.
    pub fn kill(&self) -> io::Result<()> {
        open_for_writing(&self.path.join("cgroup.kill"))?.write_all(b"1")
    }

    /// Whether a process is in it or below.
    ///
    /// # Errors
    /// What reading `cgroup.events` says.
    pub fn is_populated(&self) -> io::Result<bool> {
        let events = fs::read_to_string(self.path.join("cgroup.events"))?;
        Ok(!events.lines().any(|line| line == "populated 0"))
    }

    /// Removes it with the empty leaves in it, if nobody is in any; says whether it is gone.
    #[must_use]
    pub fn remove_with_leaves(&self) -> bool {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                // One that is in use keeps this one in use, too.
                let _ = fs::remove_dir(entry.path());
            }
        }
        self.remove()
    }

    /// Removes it if it is empty; says whether it is gone.
    #[must_use]
    pub fn remove(&self) -> bool {
        match fs::remove_dir(&self.path) {
            Ok(()) => true,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

/// Moves the calling process through a door ([`Cgroup::door`]).
///
/// # Errors
/// What `write(2)` says.
pub fn join(door: OwnedFd) -> io::Result<()> {
    File::from(door).write_all(b"0")
}

fn open_for_writing(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// The directory of the v2 cgroup that this process is in, on a pure or a hybrid host.
fn own_directory() -> io::Result<PathBuf> {
    let own = fs::read_to_string("/proc/self/cgroup")?;
    let own = own.lines().find_map(|line| line.strip_prefix("0::")).ok_or(io::ErrorKind::Unsupported)?;
    let mount =
        mount::all().into_iter().find(|mount| mount.kind == "cgroup2").ok_or(io::ErrorKind::Unsupported)?;
    let below = Path::new(own).strip_prefix(&mount.root).map_err(|_| io::ErrorKind::Unsupported)?;
    Ok(mount.point.join(below))
}
