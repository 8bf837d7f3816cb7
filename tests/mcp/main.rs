//! The MCP engine against real server processes, decent and hostile.

mod handshake;
mod server;
mod torture;
