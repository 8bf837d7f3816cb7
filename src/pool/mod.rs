//! MCP server instances: which process serves a call.
//!
//! Owns the choice and the single-flight start. Must not start anything itself: whoever is told [`Checkout::Start`] does, and
//! reports back. One warm instance serves all callers of a named server.

#[cfg_attr(not(test), expect(dead_code, reason = "the loop that uses it comes next"))]
mod backoff;
#[cfg_attr(not(test), expect(dead_code, reason = "the loop that uses it comes next"))]
mod health;
#[cfg_attr(not(test), expect(dead_code, reason = "the loop that uses it comes next"))]
mod histogram;
#[cfg_attr(not(test), expect(dead_code, reason = "the loop that uses it comes next"))]
mod leak;
mod servers;

pub(crate) use servers::{Checkout, Servers};
