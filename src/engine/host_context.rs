//! Where a new process starts from: the host's directory and environment, as JavaScript saw them at one moment.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use crate::guard::client::home_of_user;
use crate::mcp::config::HostEnv;

/// A snapshot. The live environment belongs to the JavaScript thread, which may change it at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostContext {
    /// Absolute; empty where it is gone.
    pub cwd: PathBuf,
    /// All variables, `KEY=value`.
    pub entries: Vec<Vec<u8>>,
}

impl HostContext {
    /// Reads what `lib/api/host-env.js` wrote: the directory, then `KEY=value` entries, divided by NUL. On the thread that wrote it: another may go
    /// elsewhere the next moment.
    pub fn decode(text: &[u8]) -> Self {
        let mut parts = text.split(|&byte| byte == 0);
        let cwd = PathBuf::from(OsString::from_vec(parts.next().unwrap_or_default().to_vec()));
        Self { cwd: from_here(cwd), entries: parts.map(<[u8]>::to_vec).collect() }
    }

    /// The user's home folder.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.env().get_non_empty("HOME").map(PathBuf::from).or_else(home_of_user)
    }

    /// The variables by name.
    pub fn env(&self) -> HostEnv {
        let pair = |entry: &Vec<u8>| {
            let at = entry.iter().position(|&byte| byte == b'=')?;
            Some((OsString::from_vec(entry[..at].to_vec()), OsString::from_vec(entry[at + 1..].to_vec())))
        };
        self.entries.iter().filter_map(pair).collect()
    }
}

/// A relative directory, or none, is meant from that of this process, whose name JavaScript could not write as text. It stays as it is where that is
/// gone.
fn from_here(cwd: PathBuf) -> PathBuf {
    if cwd.is_absolute() {
        return cwd;
    }
    let here = std::env::current_dir().unwrap_or_default();
    if cwd.as_os_str().is_empty() { here } else { here.join(cwd) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_equals_signs_and_be_empty() {
        let context = HostContext::decode(b"/home/u\0A=b=c\0EMPTY=");
        assert_eq!(context.cwd, PathBuf::from("/home/u"));
        let env = context.env();
        assert_eq!(env.get("A").as_deref(), Some("b=c"));
        assert_eq!(env.get("EMPTY").as_deref(), Some(""));
    }

    #[test]
    fn a_directory_that_is_not_written_is_that_of_this_process() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(HostContext::decode(b"\0A=b").cwd, here);
        assert_eq!(HostContext::decode(b"below\0A=b").cwd, here.join("below"));
    }
}
