//! Sockets with a name in the file system: who answers there.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};

/// What the kernel says of a socket's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Somebody has a socket there.
    Somebody,
    /// Nobody listens: a process that bound it is gone, or has not begun to listen.
    Nobody,
    /// The kernel does not say.
    Unknown,
}

/// Asks by a connection that is closed at once. Never waits.
#[must_use]
pub fn ask(path: &Path) -> Answer {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let Ok(asker) = socket(AddressFamily::Unix, SockType::Stream, flags, None) else {
        return Answer::Unknown;
    };
    let Some((address, _folder)) = address_of(path) else { return Answer::Unknown };
    match connect(asker.as_raw_fd(), &address) {
        // Of another type, or with a full queue, there is a socket all the same.
        Ok(()) | Err(Errno::EPROTOTYPE | Errno::EAGAIN | Errno::EINPROGRESS) => Answer::Somebody,
        Err(Errno::ECONNREFUSED) => Answer::Nobody,
        Err(_) => Answer::Unknown,
    }
}

/// An address has room for a short name alone: a longer one is reached through its folder, which must stay open meanwhile.
fn address_of(path: &Path) -> Option<(UnixAddr, Option<File>)> {
    if let Ok(address) = UnixAddr::new(path) {
        return Some((address, None));
    }
    let folder = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(path.parent()?).ok()?;
    let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(path.file_name()?);
    Some((UnixAddr::new(&short).ok()?, Some(folder)))
}

/// The names under which sockets of this network namespace were bound, as they were given: a relative one says nothing of its folder.
///
/// # Errors
/// What reading `/proc/net/unix` says.
pub fn bound_names() -> io::Result<Vec<String>> {
    let bytes = fs::read("/proc/self/net/unix")?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().skip(1).filter_map(name_of_line).map(str::to_owned).collect())
}

/// `Num: RefCount Protocol Flags Type St Inode Path`; a name may hold blanks.
fn name_of_line(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    for _ in 0..7 {
        rest = rest.split_once(' ')?.1.trim_start_matches(' ');
    }
    Some(rest).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixListener};

    use super::*;

    #[test]
    fn a_name_with_blanks_is_read_whole() {
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /tmp/a b.sock";
        assert_eq!(name_of_line(line), Some("/tmp/a b.sock"));
        assert_eq!(name_of_line("0000000000000000: 00000002 00000000 00000000 0002 01 12345"), None);
    }

    #[test]
    fn the_kernel_tells_a_listener_from_its_remains() {
        let folder = std::env::temp_dir().join(format!("procman-sockets-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("x.sock");
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(ask(&path), Answer::Somebody);
        assert!(bound_names().unwrap().contains(&path.to_string_lossy().into_owned()));
        drop(listener);
        assert_eq!(ask(&path), Answer::Nobody);
        let datagram = folder.join("d.sock");
        let _kept = UnixDatagram::bind(&datagram).unwrap();
        assert_eq!(ask(&datagram), Answer::Somebody);
        assert_eq!(ask(&folder.join("nothing")), Answer::Unknown);
        fs::remove_dir_all(&folder).unwrap();
    }
}
