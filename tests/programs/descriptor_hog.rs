//! Parks 400 descriptors in sockets, as any program may that passes them on: from the first line of its stdin to the second.

use std::io::{self, BufRead, Write};
use std::os::fd::AsFd;

use procman::sys::{fd, seqpacket};

fn main() -> io::Result<()> {
    let mut lines = io::stdin().lock().lines();
    lines.next().transpose()?;
    let null = fd::null()?;
    let mut parked = Vec::new();
    for _ in 0..50 {
        let pair = seqpacket::pair()?;
        seqpacket::send(pair.0.as_fd(), b"x", &[null.as_fd(); seqpacket::MAX_FDS])?;
        parked.push(pair);
    }
    io::stdout().write_all(b"parked\n")?;
    lines.next().transpose()?;
    Ok(())
}
