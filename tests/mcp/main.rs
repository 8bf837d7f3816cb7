//! The MCP engine against real server processes, decent and hostile.

mod eras;
mod handshake;
mod questions;
mod server;
mod sessions;
mod torture;
