//! `wait_gone TIMEOUT_MS PID…` ends when every process is gone or a zombie; what is alive after the time is named on stderr, with status 1.
//!
//! For tests in other languages: it polls pidfds and guesses no time.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use procman::sys::{pidfd, poll};

fn main() -> io::Result<ExitCode> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<i32>().ok());
    let timeout = Duration::from_millis(numbers.next().unwrap_or_default().unsigned_abs().into());
    // A number without a process is what the caller waits for.
    let holds: Vec<(i32, OwnedFd)> = numbers.filter_map(|pid| Some((pid, pidfd::open(pid).ok()?))).collect();
    let deadline = Instant::now() + timeout;
    let mut status = ExitCode::SUCCESS;
    for (pid, hold) in &holds {
        let left = deadline.saturating_duration_since(Instant::now());
        if !poll::is_ready(hold.as_fd(), nix::libc::POLLIN, left) {
            eprintln!("alive after {timeout:?}: {pid}");
            status = ExitCode::FAILURE;
        }
    }
    Ok(status)
}
