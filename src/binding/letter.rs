//! What other threads tell an environment.
//!
//! A new kind is one variant, one arm of [`Letter::write`], and one entry of the table in `lib/api/mailbox.js`, which
//! knows the number of fields of each kind.

use super::flat::FlatArray;

/// One message to the JavaScript thread of an environment.
#[derive(Debug)]
pub(crate) enum Letter {
    /// A waiter of this environment got its permit: `[1, waiter]`.
    PermitGranted {
        /// The number that the environment gave the waiter.
        waiter: u32,
    },
}

impl Letter {
    /// Appends kind and fields.
    pub(super) fn write(self, out: &mut FlatArray<'_>) -> napi::Result<()> {
        match self {
            Self::PermitGranted { waiter } => {
                out.push(1_u32)?;
                out.push(waiter)
            }
        }
    }
}
