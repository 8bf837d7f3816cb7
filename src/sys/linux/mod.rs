//! Linux: pidfds, subreapers, signalfd, memfds, seqpacket sockets, procfs and cgroup v2.

pub mod cgroup;
pub mod clock;
pub mod environ;
pub mod exec;
pub mod fd;
pub mod fork;
pub mod host_identity;
pub mod limits;
pub mod lineage;
pub mod liveness;
pub mod memfd;
pub mod memory;
pub mod memory_ceiling;
pub mod mount;
pub mod own_environ;
pub mod pid_namespace;
pub mod pidfd;
pub mod poll;
pub mod prctl;
pub mod process_folder;
pub mod process_numbers;
pub mod procfs;
pub mod program_pages;
pub mod seqpacket;
pub mod signal;
pub mod spawn;
pub mod stat_line;
pub mod tcp_table;
pub mod terminal;
pub mod unix_sockets;
pub mod wait;

use std::io;

/// The result of a call that answers -1 with `errno` set.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The same for calls through `syscall(2)`, whose answers here all fit an `int`.
fn check_long(result: libc::c_long) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(libc::c_int::try_from(result).unwrap_or(libc::c_int::MAX))
    }
}
