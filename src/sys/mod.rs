//! (under construction)

pub(crate) mod watch;
