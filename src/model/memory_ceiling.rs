//! The most memory that the processes of a unit may use together before the kernel kills them.

use serde::{Deserialize, Serialize};

/// A hard limit of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryCeiling {
    /// Bytes, swap included.
    pub bytes: u64,
    /// Without it the unit must not run; else it is kept where the machine can.
    pub required: bool,
}
