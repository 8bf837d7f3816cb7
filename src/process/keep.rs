//! The mark by which people say that a process is to stay, whatever a rule says.

use crate::sys::process_folder::ProcessFolder;

/// The entry of its environment.
pub const KEEP_MARK: &str = "PROCMAN_KEEP=1";

/// An environment is at most as large as arguments may be.
const MAX_BYTES: usize = 4 << 20;

/// Whether the process behind this folder was started with the mark. One whose environment cannot be read has none: it is another user's
/// or may not be traced, and other rules see to that.
pub(crate) fn is_kept(folder: &ProcessFolder) -> bool {
    let mut environment = Vec::new();
    let _ = folder.environment(MAX_BYTES, &mut environment);
    environment.split(|byte| *byte == 0).any(|entry| entry == KEEP_MARK.as_bytes())
}

/// Whether whoever has this number now was started with the mark.
#[must_use]
pub fn is_kept_pid(pid: i32) -> bool {
    ProcessFolder::open(pid).is_ok_and(|folder| is_kept(&folder))
}
