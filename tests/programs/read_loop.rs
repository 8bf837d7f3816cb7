//! `read_loop ROUNDS [pidfd]` reads of every process what a list of processes needs, on two threads, makes nothing of it, and prints the milliseconds of
//! each round. The floor that `listProcesses` is measured beside: the owner of the folder, `stat`, `cmdline`, and the names of the links `exe` and
//! `ns/pid`, each in the cheapest way that a path allows. With `pidfd` it opens that of each too and asks for the inode, which is the identity:
//! then nothing can be left out of it, and no list of processes can be faster on two threads.
#![expect(clippy::print_stdout, reason = "a measuring program prints")]

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use procman::sys::pidfd;

fn main() -> io::Result<()> {
    let rounds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1);
    let identity = std::env::args().nth(2).is_some_and(|word| word == "pidfd");
    for _ in 0..rounds {
        let began = Instant::now();
        let pids = pids()?;
        let next = AtomicUsize::new(0);
        let read = || {
            let mut buffer = vec![0; 64 * 1024];
            while let Some(pid) = pids.get(next.fetch_add(1, Ordering::Relaxed)) {
                if identity {
                    read_identity(pid);
                }
                read_process(pid, &mut buffer);
            }
        };
        thread::scope(|scope| {
            scope.spawn(read);
            read();
        });
        println!("{}", began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(())
}

fn pids() -> io::Result<Vec<String>> {
    let names = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).collect())
}

fn read_identity(pid: &str) {
    let hold = pid.parse().map_err(io::Error::other).and_then(pidfd::open);
    let _ = hold.map(|hold| pidfd::unique_inode(hold.as_fd()));
}

/// Whoever is gone has nothing to read.
fn read_process(pid: &str, buffer: &mut [u8]) {
    let folder = format!("/proc/{pid}");
    let _ = fs::metadata(&folder);
    for name in ["stat", "cmdline"] {
        let _ = File::open(format!("{folder}/{name}")).and_then(|mut file| file.read(buffer));
    }
    for name in ["exe", "ns/pid"] {
        let _ = fs::read_link(format!("{folder}/{name}"));
    }
}
