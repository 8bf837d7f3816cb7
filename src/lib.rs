//! procman: guarded processes, MCP tool calls and safe kills for Node servers.
//!
//! The layers, top to bottom. A module imports only from layers below its own (`tests/layering.rs` checks it).
//!
//! | layer | owns |
//! |---|---|
//! | `binding` | the N-API surface; the only place that names `napi` |
//! | `engine` | the facade: runtime, registries, lifecycle |
//! | `pool` | MCP server instances: who serves a call |
//! | `mcp` | configuration, framing, one connection, the text of a result |
//! | `sweep` | rules, plans and the audit log: who should be stopped, and why not; what dead guards left |
//! | `semaphore`, `process` | FIFO permits; the table of processes, and the stop of a foreign tree |
//! | `guard` | protocol, client (host side), server and shim (guard side) |
//! | `sys` | the system calls; the only unsafe code |
//! | `model` | plain data: identities, reports, errors |

#[cfg(feature = "napi")]
mod binding;
pub mod engine;
pub mod guard;
pub mod mcp;
pub mod model;
mod pool;
pub mod process;
pub mod semaphore;
pub mod sweep;
pub mod sys;
