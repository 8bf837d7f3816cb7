//! MCP server instances: which process serves a call.
//!
//! Owns the choice and the single-flight start. Must not start anything itself: whoever is told [`Checkout::Start`] does, and
//! reports back. One warm instance serves all callers of a named server.

mod servers;

pub(crate) use servers::{Checkout, Servers};
