//! How a result is printed.

use std::borrow::Cow;

/// What is printed, without the final line break.
pub(super) enum Output<'a> {
    /// As it is.
    Text(Cow<'a, [u8]>),
    /// Printed JSON.
    Json(Vec<u8>),
    /// By `util.inspect`, which JavaScript has.
    Inspect,
}
