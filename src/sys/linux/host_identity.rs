//! As whom a process acts: what a guard compares before it acts for its host.

use std::io;

/// The part of `/proc/<pid>/status` that decides what a process may do, and its umask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Real, effective and file system user id. The saved one is left out: exec replaces it, so a guard could never match.
    pub uids: [u32; 3],
    /// The same of the group.
    pub gids: [u32; 3],
    /// Supplementary groups, sorted.
    pub groups: Vec<u32>,
}

/// Reads them, and the umask, of a process.
///
/// # Errors
/// What reading the file says; `InvalidData` when a line is missing.
pub fn read(pid: i32) -> io::Result<(Credentials, u32)> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    parse(&status).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Only the user ids. A process that is about to end has these when its umask is gone already.
///
/// # Errors
/// As [`read`].
pub fn uids(pid: i32) -> io::Result<[u32; 3]> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    acting(&status, "Uid:").ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn parse(status: &str) -> Option<(Credentials, u32)> {
    let mut groups = numbers(status, "Groups:")?;
    groups.sort_unstable();
    let credentials = Credentials { uids: acting(status, "Uid:")?, gids: acting(status, "Gid:")?, groups };
    Some((credentials, u32::from_str_radix(line(status, "Umask:")?.trim(), 8).ok()?))
}

fn line<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name))
}

fn numbers(status: &str, name: &str) -> Option<Vec<u32>> {
    line(status, name)?.split_ascii_whitespace().map(|number| number.parse().ok()).collect()
}

fn acting(status: &str, name: &str) -> Option<[u32; 3]> {
    let ids = numbers(status, name)?;
    Some([*ids.first()?, *ids.get(1)?, *ids.get(3)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_saved_id_is_no_part_of_the_identity() {
        let of = |saved: u32| {
            parse(&format!("Umask:\t0027\nUid:\t0\t5\t{saved}\t5\nGid:\t1\t1\t1\t1\nGroups:\t9 4 \n"))
                .unwrap()
        };
        assert_eq!(of(0), of(5));
        assert_eq!(of(0).0, Credentials { uids: [0, 5, 5], gids: [1, 1, 1], groups: vec![4, 9] });
        assert_eq!(of(0).1, 0o27);
    }

    #[test]
    fn the_user_of_a_process_without_a_umask_is_known() {
        assert_eq!(acting("Name:\tx\nUid:\t1\t2\t3\t4\n", "Uid:"), Some([1, 2, 4]));
    }

    #[test]
    fn a_missing_line_is_no_identity() {
        assert_eq!(parse("Uid:\t0\t0\t0\t0\n"), None);
    }
}
