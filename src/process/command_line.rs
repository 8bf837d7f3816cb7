//! How a process was called: its arguments and its executable, as far as they can be read.

use crate::model::ProcessInfo;
use crate::sys::process_folder::ProcessFolder;

/// Longer command lines are cut: nobody waits for the parse of somebody's megabyte.
const MAX_BYTES: usize = 64 * 1024;

/// Adds arguments, executable and namespace to what is known of a process that whoever holds it knows to be there.
pub(crate) fn describe(process: &mut ProcessInfo) {
    if let Ok(folder) = ProcessFolder::open(process.identity.pid) {
        (process.argv, process.argv_raw) = read(&folder);
        process.exe = executable(&folder);
        process.pid_namespace = folder.pid_namespace().ok();
    }
}

/// The arguments, lossy where they are not UTF-8, and byte by byte if that lost anything. Empty when they cannot be read.
pub(super) fn read(folder: &ProcessFolder) -> (Vec<String>, Option<Vec<Vec<u8>>>) {
    let mut bytes = Vec::new();
    // Cut, hidden or gone: what was read until then is what is known.
    let _ = folder.command_line(MAX_BYTES, &mut bytes);
    divide(&bytes)
}

/// The path of the executable; an odd byte in it is replaced.
pub(super) fn executable(folder: &ProcessFolder) -> Option<String> {
    folder.executable().ok().map(|path| String::from_utf8_lossy(&path).into_owned())
}

fn divide(bytes: &[u8]) -> (Vec<String>, Option<Vec<Vec<u8>>>) {
    if bytes.is_empty() {
        return (Vec::new(), None);
    }
    let line = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(line) {
        return (without_remains(text.split('\0').map(str::to_owned).collect()), None);
    }
    let raw: Vec<Vec<u8>> = line.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    (raw.iter().map(|argument| String::from_utf8_lossy(argument).into_owned()).collect(), Some(raw))
}

/// A title that a program wrote over its arguments leaves NULs where it is shorter than they were.
fn without_remains(mut arguments: Vec<String>) -> Vec<String> {
    if arguments.len() > 2 && arguments[1..].iter().all(String::is_empty) {
        arguments.truncate(1);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_divided_and_empty_ones_stay() {
        assert_eq!(divide(b"").0, [""; 0]);
        assert_eq!(divide(b"node\0--x\0\0y z\0").0, ["node", "--x", "", "y z"]);
        assert_eq!(divide(b"node\0\0").0, ["node", ""]);
        assert_eq!(divide(b"cut of").0, ["cut of"]);
    }

    #[test]
    fn remains_of_longer_arguments_are_no_arguments() {
        assert_eq!(divide(b"npm run x\0\0\0\0\0").0, ["npm run x"]);
    }

    #[test]
    fn odd_bytes_are_kept_beside_the_lossy_form() {
        let (lossy, raw) = divide(b"cat\0\xff\xfe.txt\0");
        assert_eq!(lossy, ["cat", "\u{fffd}\u{fffd}.txt"]);
        assert_eq!(raw.unwrap(), [b"cat".to_vec(), b"\xff\xfe.txt".to_vec()]);
    }
}
