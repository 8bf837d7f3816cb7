//! Runs a command on a terminal of its own: `pty_drive COMMAND ARGS…`.
//!
//! What comes on stdin is typed, what the terminal shows goes to stdout; the first line on stdout is the path of the terminal. Ends with
//! the command's status once nobody has the terminal open. Killing this program hangs the terminal up.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test's program starts what the test asks for")]

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode};
use std::thread;

use nix::pty::{Winsize, openpty};
use procman::sys::prctl;

/// The word that makes this program the first process of the terminal.
const INSIDE: &str = "--inside";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let first = arguments.next().unwrap();
    if first == INSIDE {
        let terminal = arguments.next().unwrap();
        return inside(&terminal, &arguments.next().unwrap(), &arguments.collect::<Vec<_>>());
    }
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(&size, None).unwrap();
    let path = fs::read_link(format!("/proc/self/fd/{}", pair.slave.as_raw_fd())).unwrap();
    // Copies are CLOEXEC: a command that held the master would keep its own terminal alive.
    let copy = |end: &OwnedFd| end.try_clone().unwrap();
    let (mut keys, screen, slave) =
        (File::from(copy(&pair.master)), File::from(copy(&pair.master)), copy(&pair.slave));
    drop(pair);
    let mut child = Command::new(env::current_exe().unwrap())
        .arg(INSIDE)
        .arg(&path)
        .arg(first)
        .args(arguments)
        // Keeps the terminal open until the child opens it itself.
        .stdin(slave)
        .spawn()
        .unwrap();
    io::stdout().write_all(format!("{}\n", path.display()).as_bytes()).unwrap();
    thread::spawn(move || io::copy(&mut io::stdin().lock(), &mut keys));
    show(screen);
    let status = child.wait().unwrap();
    ExitCode::from(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)) as u8)
}

fn show(mut screen: File) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = screen.read(&mut buffer) {
        if io::stdout().write_all(&buffer[..count]).and_then(|()| io::stdout().flush()).is_err() {
            break;
        }
    }
}

/// Leads a session whose controlling terminal this is, and becomes the command.
fn inside(terminal: &str, command: &str, arguments: &[String]) -> ExitCode {
    prctl::new_session().unwrap();
    // A session without one gets the first terminal that its leader opens.
    let terminal = OpenOptions::new().read(true).write(true).open(terminal).unwrap();
    let end = || terminal.try_clone().unwrap();
    let error = Command::new(command).args(arguments).stdin(end()).stdout(end()).stderr(end()).exec();
    let _ = writeln!(io::stderr(), "{command}: {error}");
    ExitCode::from(127)
}
