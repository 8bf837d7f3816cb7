use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::PathBuf;

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("procman-sock-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn sweep(&self, dry_run: bool) -> FileSweepReport {
        let mut report = FileSweepReport::default();
        sweep(&self.0, dry_run, &mut report).unwrap();
        report
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// As if it had been made long ago.
fn age(path: &Path) {
    let past = nix::sys::time::TimeVal::new(1_000_000_000, 0);
    nix::sys::stat::lutimes(path, &past, &past).unwrap();
}

fn names(entries: &[crate::model::LeftoverFile]) -> Vec<&str> {
    entries.iter().map(|entry| entry.path.rsplit('/').next().unwrap()).collect()
}

#[test]
fn only_what_nobody_listens_on_is_removed() {
    let folder = Folder::new("mixed");
    let path = |name: &str| folder.0.join(name);
    let live = UnixListener::bind(path("live.mcp.sock")).unwrap();
    drop(UnixListener::bind(path("stale.mcp.sock")).unwrap());
    drop(UnixListener::bind(path("young.mcp.sock")).unwrap());
    drop(UnixListener::bind(path("other.sock")).unwrap());
    let _datagram = UnixDatagram::bind(path("datagram.mcp.sock")).unwrap();
    fs::write(path("file.mcp.sock"), "").unwrap();
    drop(UnixListener::bind(path("target.sock")).unwrap());
    std::os::unix::fs::symlink(path("target.sock"), path("link.mcp.sock")).unwrap();
    for name in [
        "live.mcp.sock",
        "stale.mcp.sock",
        "other.sock",
        "datagram.mcp.sock",
        "file.mcp.sock",
        "link.mcp.sock",
    ] {
        age(&path(name));
    }
    let told = folder.sweep(true);
    assert_eq!(names(&told.removed), ["stale.mcp.sock"], "{told:?}");
    assert!(path("stale.mcp.sock").exists(), "a dry run removes nothing");
    let report = folder.sweep(false);
    assert_eq!(report, told);
    assert!(!path("stale.mcp.sock").exists());
    let kept = ["datagram.mcp.sock", "file.mcp.sock", "link.mcp.sock", "live.mcp.sock", "young.mcp.sock"];
    assert_eq!(names(&report.kept), kept);
    assert!(path("other.sock").exists() && path("target.sock").exists());
    // It was not even connected to.
    live.set_nonblocking(true).unwrap();
    assert_eq!(live.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

/// Bound and not yet listening refuses connections as a dead one does.
#[test]
fn a_socket_that_is_bound_and_does_not_listen_is_somebodys() {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, bind, socket};
    let folder = Folder::new("bound");
    let path = folder.0.join("slow.mcp.sock");
    let slow = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).unwrap();
    bind(std::os::fd::AsRawFd::as_raw_fd(&slow), &UnixAddr::new(&path).unwrap()).unwrap();
    age(&path);
    assert_eq!(unix_sockets::ask(&path), Answer::Nobody, "the refusal alone would be wrong");
    let report = folder.sweep(false);
    assert_eq!(
        (report.removed.len(), report.kept[0].reason.as_str()),
        (0, "a process has a socket of this name")
    );
}

#[test]
fn a_server_that_takes_the_name_meanwhile_keeps_it() {
    let folder = Folder::new("taken");
    let path = folder.0.join("x.mcp.sock");
    drop(UnixListener::bind(&path).unwrap());
    let judged = fs::symlink_metadata(&path).unwrap();
    // Kept, so that its number is not given on.
    let _old = fs::hard_link(&path, folder.0.join("old"));
    fs::remove_file(&path).unwrap();
    let _server = UnixListener::bind(&path).unwrap();
    assert!(remove(&path, &judged).is_err());
    assert_eq!(unix_sockets::ask(&path), Answer::Somebody);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let mut report = FileSweepReport::default();
    let error = sweep(Path::new("/nowhere/at/all"), false, &mut report).unwrap_err();
    assert!(error.message().contains("/nowhere/at/all"), "{error}");
}
