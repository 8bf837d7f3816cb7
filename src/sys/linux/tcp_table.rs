//! TCP sockets that listen, as the kernel lists them for this network namespace, and the processes that hold them.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::procfs;

/// The state of a socket that listens.
const LISTEN: &str = "0A";

/// A socket that waits for connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Where.
    pub address: SocketAddr,
    /// Whose it is.
    pub uid: u32,
    /// The kernel's number of the socket; what `/proc/<pid>/fd` names it by.
    pub inode: u64,
}

/// Every listening TCP socket.
///
/// # Errors
/// What reading `/proc/net/tcp` says. A kernel without IPv6 has no list of those.
pub fn listeners() -> io::Result<Vec<Listener>> {
    let mut text = fs::read_to_string("/proc/self/net/tcp")?;
    match fs::read_to_string("/proc/self/net/tcp6") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        six => text.push_str(&six?),
    }
    Ok(text.lines().filter_map(parse).collect())
}

/// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
fn parse(line: &str) -> Option<Listener> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    if fields.get(3) != Some(&LISTEN) {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    let address = SocketAddr::new(parse_address(address)?, u16::from_str_radix(port, 16).ok()?);
    let (uid, inode) = (fields.get(7)?.parse().ok()?, fields.get(9)?.parse().ok()?);
    Some(Listener { address, uid, inode })
}

/// Words of 32 bits in the machine's order, each in network order inside.
fn parse_address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(hex.get(at * 8..at * 8 + 8)?, 16).ok()?.to_ne_bytes());
    if hex.len() == 8 {
        return Some(Ipv4Addr::from(word(0)?).into());
    }
    let bytes = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
    Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into())
}

/// Who holds these sockets: pids by inode. Whoever may not be looked into is missing.
///
/// # Errors
/// What listing `/proc` says.
pub fn holders(inodes: &[u64]) -> io::Result<HashMap<u64, Vec<i32>>> {
    let mut found: HashMap<u64, Vec<i32>> = HashMap::new();
    for pid in procfs::all_pids()? {
        for inode in sockets_of(pid).into_iter().filter(|inode| inodes.contains(inode)) {
            let pids = found.entry(inode).or_default();
            if pids.last() != Some(&pid) {
                pids.push(pid);
            }
        }
    }
    Ok(found)
}

/// The sockets that a process holds; none where it may not be looked into.
#[must_use]
pub fn sockets_of(pid: i32) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let socket = |target: std::path::PathBuf| {
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    entries.filter_map(|entry| socket(fs::read_link(entry.ok()?.path()).ok()?)).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_listener_is_found_with_its_holder() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let found = listeners().unwrap().into_iter().find(|found| found.address == address).unwrap();
        let pid = std::process::id().cast_signed();
        assert!(sockets_of(pid).contains(&found.inode));
        assert!(holders(&[found.inode]).unwrap()[&found.inode].contains(&pid));
        drop(listener);
        assert!(listeners().unwrap().iter().all(|found| found.address != address));
    }

    #[test]
    fn both_families_are_read_and_others_than_listeners_are_not() {
        let line = |address: &str, state: &str| {
            format!(
                "  0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 77 1 0 100"
            )
        };
        let four = parse(&line("0100007F:1F90", "0A")).unwrap();
        assert_eq!((four.address.to_string().as_str(), four.inode), ("127.0.0.1:8080", 77));
        let six = parse(&line("00000000000000000000000001000000:0BB8", "0A")).unwrap();
        assert_eq!(six.address.to_string(), "[::1]:3000");
        assert_eq!(parse(&line("0100007F:1F90", "01")), None);
        assert_eq!(parse("  sl  local_address rem_address   st"), None);
    }
}
