//! MCP over stdio, spoken natively: bytes of a server's stdout in, settled requests out, and the text that people read of a result.
//!
//! | module | owns |
//! |---|---|
//! | [`scan`] | where the top-level keys of one JSON object stand, without a parse |
//! | [`framing`] | lines out of bytes, with a cap |
//! | [`reply`] | what a request settles with, and the traits of those who wait |
//! | [`connection`] | one server's streams: requests, answers, cancellation, the end |
//! | [`config`] | which servers exist and how each is started |
//! | [`handshake`] | `initialize` and `notifications/initialized` |
//! | [`output`] | the text of a tool's result |
//!
//! Nothing here starts or stops a process: descriptors come in, and the caller says when the process ended.

pub mod config;
pub mod connection;
pub mod framing;
pub mod handshake;
pub mod output;
pub mod reply;
pub mod scan;
