//! MCP over stdio, spoken natively: bytes of a server's stdout in, settled requests out, and the text that people read of a result.
//!
//! | module | owns |
//! |---|---|
//! | [`scan`] | where the top-level keys of one JSON object stand, without a parse |
//! | [`framing`] | lines out of bytes, with a cap |
//! | [`reply`] | what a request settles with, and the traits of those who wait |
//! | [`connection`] | one server's streams: requests, answers, cancellation, the end |
//! | [`config`] | which servers exist and how each is started |
//! | [`era`], [`era_cache`] | which protocol a server speaks, and what is remembered of it |
//! | [`opening`], [`handshake`], `discover` | the beginning of a connection: `initialize` or `server/discover` |
//! | [`client`], `request_meta`, [`log_level`] | what a server is told of us, once or in every request |
//! | [`session`], [`notices`] | one process for many holders: what is the process's own is shared, what it says reaches whom it concerns |
//! | [`shared_cache`], [`list_kind`] | lists that are read once for all |
//! | [`input_required`] | questions in the place of an answer |
//! | [`tasks`], [`task_pins`] | what a task is, and which instance made it |
//! | `respite` | how long what did not pay is left alone |
//! | [`params`] | what a request carries, in as few copies as possible |
//! | `lossy` | JSON that is no Unicode text, or too deep or large for Rust |
//! | [`output`] | the text of a tool's result |
//!
//! Nothing here starts or stops a process: descriptors come in, and the caller says when the process ended.

pub mod client;
pub mod config;
pub mod connection;
mod discover;
pub mod era;
pub mod era_cache;
pub mod framing;
pub mod handshake;
pub mod input_required;
pub mod list_kind;
pub mod log_level;
mod lossy;
pub mod notices;
pub mod opening;
pub mod output;
pub mod params;
pub mod reply;
pub(crate) mod request_meta;
pub(crate) mod respite;
pub mod scan;
pub mod session;
pub mod shared_cache;
pub mod task_pins;
pub mod tasks;
