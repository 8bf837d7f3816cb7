//! Who a process is, beyond its number.

use serde::{Deserialize, Serialize};

/// A process that no later process can be mistaken for.
///
/// `start_token` is the inode of the process's pidfd where the kernel gives a unique one (Linux 6.9 and later), else its start
/// time, which is no proof: two processes of one pid can share it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessIdentity {
    /// The process id, in the pid namespace of the reader.
    pub pid: i32,
    /// Opaque: equal tokens of one pid on one boot are one process.
    pub start_token: String,
    /// The kernel's id of this boot.
    pub boot_id: String,
}
