//! `read_loop ROUNDS` reads of every process what a list of processes needs, on two threads, makes nothing of it, and prints the milliseconds of
//! each round. The floor that `listProcesses` is measured beside: the owner of the folder, `stat`, `cmdline`, and the names of the links `exe` and
//! `ns/pid`, each in the cheapest way that a path allows. What a list needs besides is not read here: the pidfd, whose inode is the identity.
#![expect(clippy::print_stdout, reason = "a measuring program prints")]

use std::fs::{self, File};
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

fn main() -> io::Result<()> {
    let rounds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1);
    for _ in 0..rounds {
        let began = Instant::now();
        let pids = pids()?;
        let next = AtomicUsize::new(0);
        let read = || {
            let mut buffer = vec![0; 64 * 1024];
            while let Some(pid) = pids.get(next.fetch_add(1, Ordering::Relaxed)) {
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
