//! The line of `/proc/<pid>/stat`: what it says, and as an entry of a report. Reads no files.

use super::clock;
use crate::model::{ProcessIdentity, ProcessInfo, ProcessState};

/// `PF_KTHREAD`: a thread of the kernel.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// `PF_EXITING`: on its way out.
const EXITING: u64 = 0x0000_0004;

/// One line of `/proc/<pid>/stat`, as far as anything here reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// The process.
    pub pid: i32,
    /// The kernel's `comm`.
    pub name: String,
    /// The state letter.
    pub state: u8,
    /// Its parent.
    pub ppid: i32,
    /// Its process group.
    pub pgid: i32,
    /// Its session.
    pub sid: i32,
    /// What the kernel notes of it (`PF_…`).
    pub flags: u64,
    /// Time on a core, in user and kernel mode, ticks.
    pub cpu_ticks: u64,
    /// Its threads.
    pub threads: u32,
    /// Start, in ticks since boot.
    pub start_ticks: u64,
    /// Resident memory in pages.
    pub rss_pages: u64,
    /// Where the program lies in memory: another one after each exec, as far as addresses are random. Zeros for a process that may not
    /// be traced.
    pub image: [u64; 6],
    /// Effective user id.
    pub uid: u32,
}

impl Stat {
    /// Takes a line apart. The name may hold any byte, spaces and brackets too: it ends at the last `)`.
    #[must_use]
    pub(super) fn parse(line: &[u8], uid: u32) -> Option<Self> {
        let open = line.iter().position(|byte| *byte == b'(')?;
        let close = line.iter().rposition(|byte| *byte == b')')?;
        let fields = Fields::of(line.get(close + 1..)?);
        Some(Self {
            pid: std::str::from_utf8(&line[..open]).ok()?.trim().parse().ok()?,
            name: String::from_utf8_lossy(line.get(open + 1..close)?).into_owned(),
            state: *fields.0[3].first()?,
            ppid: fields.number(4)?,
            pgid: fields.number(5)?,
            sid: fields.number(6)?,
            flags: fields.number(9)?,
            cpu_ticks: fields.number::<u64>(14)? + fields.number::<u64>(15)?,
            threads: fields.number(20)?,
            start_ticks: fields.number(22)?,
            rss_pages: fields.number(24).unwrap_or(0),
            image: [26, 27, 28, 48, 49, 50].map(|field| fields.number(field).unwrap_or(0)),
            uid,
        })
    }

    /// Whether it is a thread of the kernel, which no signal ends.
    #[must_use]
    pub fn is_kernel_thread(&self) -> bool {
        self.flags & KERNEL_THREAD != 0
    }

    /// Whether the process has ended (its number may still be held).
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x') && self.threads <= 1
    }

    /// Whether the process is on its way out: it runs no code of its own any more and forks nobody.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.flags & EXITING != 0 && self.threads <= 1
    }

    /// What the scheduler says.
    #[must_use]
    pub fn process_state(&self) -> ProcessState {
        match self.state {
            b'R' => ProcessState::Running,
            b'S' => ProcessState::Sleeping,
            b'D' => ProcessState::DiskSleep,
            b'T' | b't' => ProcessState::Stopped,
            b'Z' => ProcessState::Zombie,
            _ => ProcessState::Other,
        }
    }

    /// As an entry of a report.
    #[must_use]
    pub fn into_info(self, identity: ProcessIdentity) -> ProcessInfo {
        self.into_info_since(identity, clock::boot_ms())
    }

    /// The same for who knows when the machine started, milliseconds since the epoch: once for a whole table.
    #[must_use]
    pub fn into_info_since(self, identity: ProcessIdentity, boot_ms: f64) -> ProcessInfo {
        let state = self.process_state();
        ProcessInfo {
            ppid: self.ppid,
            pgid: self.pgid,
            sid: self.sid,
            uid: self.uid,
            name: self.name,
            state,
            rss_bytes: self.rss_pages * clock::page_size(),
            started_at: boot_ms + clock::ticks_to_ms(self.start_ticks),
            threads: self.threads,
            ..ProcessInfo::unread(identity)
        }
    }
}

/// The fields after the name, by their numbers in proc(5).
struct Fields<'a>([&'a [u8]; 51]);

impl<'a> Fields<'a> {
    fn of(rest: &'a [u8]) -> Self {
        let mut fields = [&b""[..]; 51];
        let words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        for (field, word) in fields[3..].iter_mut().zip(words) {
            *field = word;
        }
        Self(fields)
    }

    fn number<T: std::str::FromStr>(&self, field: usize) -> Option<T> {
        std::str::from_utf8(self.0[field]).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let line = b"42 (a) b ( c) S 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 12345 1000 55 0\n";
        let stat = Stat::parse(line, 5).unwrap();
        assert_eq!((stat.pid, stat.name.as_str(), stat.state), (42, "a) b ( c", b'S'));
        assert_eq!((stat.ppid, stat.pgid, stat.sid, stat.threads), (7, 8, 9, 3));
        assert_eq!((stat.start_ticks, stat.rss_pages, stat.cpu_ticks, stat.uid), (12345, 55, 11, 5));
        assert!(!stat.is_kernel_thread());
        assert_eq!(stat.image, [0; 6], "a line of an old kernel has no such fields");
    }

    #[test]
    fn a_cut_line_is_refused() {
        assert_eq!(Stat::parse(b"42 (a) S 7 8", 0), None);
        assert_eq!(Stat::parse(b"", 0), None);
    }

    #[test]
    fn who_is_on_the_way_out_is_told_by_its_flag_unless_other_threads_of_it_live() {
        let line = |flags: u64, threads: u32| {
            let line = format!("7 (x) R 1 7 7 0 -1 {flags} 0 0 0 0 0 0 0 0 20 0 {threads} 0 6 0 0 0\n");
            Stat::parse(line.as_bytes(), 0).unwrap()
        };
        assert!(line(0x0040_044c, 1).is_ending() && !line(0x0040_044c, 1).is_dead());
        assert!(!line(0x0040_044c, 2).is_ending() && !line(0x0040_0448, 1).is_ending());
    }

    #[test]
    fn thread_of_the_kernel_is_told_by_its_flag() {
        let line = b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 2 0 0 20 0 1 0 6 0 0 0\n";
        assert!(Stat::parse(line, 0).unwrap().is_kernel_thread());
    }
}
