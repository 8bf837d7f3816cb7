//! A limit on the memory of a cgroup, kept by the kernel: set, and noticed when it was reached. What reclaim cannot free counts; swap is not used.
//!
//! Version 2 (`memory.max`) kills the whole group at once. Version 1 (`memory.limit_in_bytes`) kills its largest process only, so who watches
//! has to end the rest.
#![expect(unsafe_code, reason = "eventfd has no safe form in std")]

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::cgroup::Cgroup;
use super::check;

/// What does not fit any more may be so large, bytes.
const CHARGE: u64 = 1 << 20;

/// Whether a cgroup has a memory controller.
#[must_use]
pub fn is_possible(cgroup: &Cgroup) -> bool {
    Version::of(cgroup.path()).is_some()
}

/// Lets the leaves of a version 2 cgroup have the controller too. Version 1 needs nothing.
///
/// # Errors
/// What `write(2)` says: EBUSY when a process is in it.
pub fn pass_on(cgroup: &Cgroup) -> io::Result<()> {
    match Version::of(cgroup.path()) {
        Some(Version::Two) => fs::write(cgroup.path().join("cgroup.subtree_control"), "+memory"),
        _ => Ok(()),
    }
}

/// Limits what the processes of a cgroup may use together. Before anybody is in it.
///
/// # Errors
/// `Unsupported` without a memory controller, else what `write(2)` says.
pub fn set(cgroup: &Cgroup, bytes: u64) -> io::Result<()> {
    let folder = cgroup.path();
    let bytes = bytes.to_string();
    let version = Version::of(folder).ok_or(io::ErrorKind::Unsupported)?;
    fs::write(folder.join(version.limit_file()), &bytes)?;
    // A limit that only moves pages to the disk would be none. Not every kernel counts swap.
    match version {
        Version::Two => {
            let _ = write_if_there(&folder.join("memory.swap.max"), "0");
            write_if_there(&folder.join("memory.oom.group"), "1")
        }
        Version::One => {
            let _ = write_if_there(&folder.join("memory.memsw.limit_in_bytes"), &bytes);
            Ok(())
        }
    }
}

/// Tells when the limit of a cgroup was reached and nothing could be freed.
#[derive(Debug)]
pub struct CeilingWatch {
    version: Version,
    folder: PathBuf,
    /// The file of events, or an eventfd.
    bell: File,
}

impl CeilingWatch {
    /// Watches a cgroup from now on.
    ///
    /// # Errors
    /// `Unsupported` without a memory controller, else what opening and registering say.
    pub fn open(cgroup: &Cgroup) -> io::Result<Self> {
        let folder = cgroup.path().to_owned();
        let version = Version::of(&folder).ok_or(io::ErrorKind::Unsupported)?;
        let bell = match version {
            Version::Two => File::open(folder.join("memory.events"))?,
            Version::One => bell_of(&folder)?,
        };
        Ok(Self { version, folder, bell })
    }

    /// What to poll for; it comes at changes that are no kill, too.
    #[must_use]
    pub fn interest(&self) -> i16 {
        match self.version {
            Version::Two => libc::POLLPRI,
            Version::One => libc::POLLIN,
        }
    }

    /// Whether it was reached; ends what a poll sees until the next change. The kernel says so before it kills: a death is explained once it is
    /// seen. A group *above* that ran out of memory is not this limit.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        match self.version {
            Version::Two => tells_of_oom(&self.events()),
            // The bell rings for the groups above, too.
            Version::One => self.rang() && self.was_full(),
        }
    }

    fn events(&self) -> String {
        let mut buffer = [0; 512];
        let size = self.bell.read_at(&mut buffer, 0).unwrap_or(0);
        String::from_utf8_lossy(buffer.get(..size).unwrap_or_default()).into_owned()
    }

    fn rang(&self) -> bool {
        (&self.bell).read(&mut [0; 8]).is_ok_and(|size| size > 0)
    }

    /// `memory.failcnt` is not asked: the kernels of today leave it at 0.
    fn was_full(&self) -> bool {
        let read = |file: &str| {
            let text = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
            text.trim().parse::<u64>().ok()
        };
        let (most, limit) = (read("memory.max_usage_in_bytes"), read(Version::One.limit_file()));
        most.zip(limit).is_some_and(|(most, limit)| most.saturating_add(CHARGE) >= limit)
    }
}

impl AsFd for CeilingWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}

/// Which files a memory controller has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    fn of(folder: &Path) -> Option<Self> {
        [Self::Two, Self::One].into_iter().find(|version| folder.join(version.limit_file()).exists())
    }

    const fn limit_file(self) -> &'static str {
        match self {
            Self::One => "memory.limit_in_bytes",
            Self::Two => "memory.max",
        }
    }
}

/// An eventfd that the kernel writes to when a version 1 group runs out of memory.
fn bell_of(folder: &Path) -> io::Result<File> {
    // SAFETY: eventfd takes two numbers and touches no memory.
    let number = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: the kernel just made this descriptor and nobody else owns it.
    let bell = unsafe { File::from_raw_fd(number) };
    let control = File::open(folder.join("memory.oom_control"))?;
    fs::write(folder.join("cgroup.event_control"), format!("{number} {}", control.as_raw_fd()))?;
    Ok(bell)
}

/// `oom` counts the times that the limit of this group or one below was reached in vain; `oom_kill` counts kills for the groups above, too.
fn tells_of_oom(events: &str) -> bool {
    let count = |line: &str| line.strip_prefix("oom ")?.trim().parse::<u64>().ok();
    events.lines().filter_map(count).any(|count| count > 0)
}

fn write_if_there(file: &Path, text: &str) -> io::Result<()> {
    if file.exists() { fs::write(file, text) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with the files of a version 2 group.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[&str]) -> Self {
            let path = std::env::temp_dir().join(format!("procman-{name}-{}", std::process::id()));
            fs::create_dir(&path).unwrap();
            files.iter().for_each(|file| fs::write(path.join(file), "").unwrap());
            Self(path)
        }

        fn cgroup(&self) -> Cgroup {
            Cgroup::at(self.0.clone())
        }

        fn read(&self, file: &str) -> String {
            fs::read_to_string(self.0.join(file)).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_version_2_group_is_limited_without_swap_and_killed_whole() {
        let files = ["memory.max", "memory.swap.max", "memory.oom.group", "cgroup.subtree_control"];
        let folder = Folder::new("limit", &files);
        pass_on(&folder.cgroup()).unwrap();
        set(&folder.cgroup(), 4096).unwrap();
        assert_eq!(files.map(|file| folder.read(file)), ["4096", "0", "1", "+memory"]);
        let bare = Folder::new("limit-bare", &["memory.max"]);
        set(&bare.cgroup(), 4096).unwrap();
        assert_eq!(fs::read_dir(&bare.0).unwrap().count(), 1, "files that are not there are not made");
        let none = Folder::new("limit-none", &["cgroup.procs"]);
        assert!(!is_possible(&none.cgroup()));
        assert_eq!(set(&none.cgroup(), 4096).unwrap_err().kind(), io::ErrorKind::Unsupported);
    }

    #[test]
    fn a_version_2_watch_reads_the_events_anew_each_time() {
        let folder = Folder::new("watch", &["memory.max", "memory.events"]);
        let watch = CeilingWatch::open(&folder.cgroup()).unwrap();
        assert_eq!(watch.interest(), libc::POLLPRI);
        assert!(!watch.is_reached());
        fs::write(folder.0.join("memory.events"), "max 3\noom 0\noom_kill 1\n").unwrap();
        assert!(!watch.is_reached());
        fs::write(folder.0.join("memory.events"), "max 4\noom 1\noom_kill 2\n").unwrap();
        assert!(watch.is_reached());
    }

    #[test]
    fn a_kill_for_the_group_above_is_not_this_limit() {
        let events =
            |oom, kill| format!("low 0\nhigh 0\nmax 7\noom {oom}\noom_kill {kill}\noom_group_kill 0\n");
        assert!(!tells_of_oom(&events(0, 1)));
        assert!(tells_of_oom(&events(1, 1)));
        assert!(!tells_of_oom(""));
    }
}
