//! Cgroups of our own, where this process may make them: an atomic kill and a proof that nobody is left (v2), and a place for a memory
//! ceiling ([`super::memory_ceiling`]; v2, or v1 on a hybrid host).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::mount::{self, Mount};

/// Where cgroups are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hierarchy {
    /// Version 2, on a pure or a hybrid host.
    Unified,
    /// The memory controller of version 1.
    Memory,
}

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
        let made = Self::named_below_own(Hierarchy::Unified, name)?;
        fs::create_dir(&made.path)?;
        if made.path.join("cgroup.kill").exists() {
            return Ok(made);
        }
        let _ = made.remove();
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The cgroup of this name below the one that this process is in, made or not: a leaf of it can be made.
    ///
    /// # Errors
    /// `Unsupported` without that hierarchy, EACCES and the like where it is not ours to write.
    pub fn named_below_own(hierarchy: Hierarchy, name: &str) -> io::Result<Self> {
        let own = Self::own(hierarchy)?;
        // Moving a process needs write access to the common ancestor's list too.
        mount::may(&own.path.join("cgroup.procs"), libc::W_OK)?;
        mount::may(&own.path, libc::W_OK)?;
        Ok(Self { path: own.path.join(name) })
    }

    /// The one that this process is in.
    ///
    /// # Errors
    /// `Unsupported` without that hierarchy, and what reading `/proc/self/cgroup` says.
    pub fn own(hierarchy: Hierarchy) -> io::Result<Self> {
        own_directory(hierarchy).map(|path| Self { path })
    }

    /// Makes a cgroup in this one, and this one too where it is not (somebody may have removed it while it was empty).
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

    /// The cgroups in this one whose name starts so, with the rest of the name.
    #[must_use]
    pub fn children(&self, prefix: &str) -> Vec<(Self, String)> {
        let named = |name: &str| name.strip_prefix(prefix).map(str::to_owned);
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| Some((Self { path: entry.path() }, named(entry.file_name().to_str()?)?)))
            .collect()
    }

    /// A folder that stands for one.
    #[cfg(test)]
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
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

/// The directory of the cgroup that this process is in.
fn own_directory(hierarchy: Hierarchy) -> io::Result<PathBuf> {
    let own = fs::read_to_string("/proc/self/cgroup")?;
    let own = own.lines().find_map(|line| hierarchy.path_in(line)).ok_or(io::ErrorKind::Unsupported)?;
    let mount = mount::all().into_iter().find(|mount| hierarchy.is_mounted_by(mount));
    let mount = mount.ok_or(io::ErrorKind::Unsupported)?;
    let below = Path::new(own).strip_prefix(&mount.root).map_err(|_| io::ErrorKind::Unsupported)?;
    Ok(mount.point.join(below))
}

impl Hierarchy {
    /// The path in a line of `/proc/PID/cgroup`, if it is of this hierarchy: `0::/path`, or `8:memory:/path`.
    fn path_in(self, line: &str) -> Option<&str> {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let is_it = match self {
            Self::Unified => controllers.is_empty(),
            Self::Memory => names_memory(controllers),
        };
        is_it.then_some(path)
    }

    fn is_mounted_by(self, mount: &Mount) -> bool {
        match self {
            Self::Unified => mount.kind == "cgroup2",
            Self::Memory => mount.kind == "cgroup" && names_memory(&mount.options),
        }
    }
}

fn names_memory(list: &str) -> bool {
    list.split(',').any(|word| word == "memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hierarchy_has_its_own_line() {
        let lines = ["9:name=systemd:/memory", "8:cpu,memory:/a:b", "7:memory_like:/x", "0::/own"];
        let path = |hierarchy: Hierarchy| lines.iter().find_map(|line| hierarchy.path_in(line));
        assert_eq!(path(Hierarchy::Unified), Some("/own"));
        assert_eq!(path(Hierarchy::Memory), Some("/a:b"));
    }
}
