//! Misbehaviour until the handshake is over, and after the end of stdin: one mode for the life of the process.

use std::io;

use serde_json::{Value, json};

use crate::processes::{close, crash, fork_holder, hear_no_signals, wait_for_ever};
use crate::wire::{raw, say};

/// Any other word shakes hands properly; a protocol version (`2025-06-18`) is answered as such.
pub(crate) const NAMES: &[&str] = &[
    "crash-early",
    "crash-on-initialize",
    "crash-in-answer",
    "crash-after-answer",
    "crash-on-initialized",
    "no-json",
    "old-version",
    "not-mcp",
    "wrong-id",
    "silent",
    "polite-no",
    "deaf",
    "mute",
    "slow-stdin",
    "stubborn",
    "hold-pipes",
];

/// Before anything is read.
#[expect(clippy::exit, reason = "crashing is the point")]
pub(crate) fn begin(mode: &str) -> io::Result<()> {
    match mode {
        "crash-early" => {
            eprintln!("Error: Cannot find module 'left-pad'");
            std::process::exit(3);
        }
        "no-json" => {
            raw(b"Usage: server [options]\nTry --help\n")?;
            say(&json!({ "method": "notifications/said_it" }))
        }
        "deaf" => wait_for_ever(),
        "mute" => close(nix::libc::STDOUT_FILENO),
        "stubborn" => hear_no_signals(),
        "hold-pipes" => fork_holder().map(drop),
        _ => Ok(()),
    }
}

/// The answer to `initialize`.
pub(crate) fn introduce(mode: &str, message: &Value) -> io::Result<()> {
    let id = &message["id"];
    match mode {
        "no-json" | "silent" | "mute" => Ok(()),
        "polite-no" => {
            eprintln!("license expired");
            say(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32603, "message": "no license" } }))
        }
        "not-mcp" => say(&json!({ "id": id, "result": { "hello": 1 } })),
        "wrong-id" => say(&card(&json!("not-yours"), "2025-11-25")),
        "crash-on-initialize" => crash(),
        "crash-in-answer" => {
            let line = card(id, "2025-11-25").to_string();
            raw(&line.as_bytes()[..line.len() / 2])?;
            crash()
        }
        "crash-after-answer" => {
            say(&card(id, "2025-11-25"))?;
            crash()
        }
        "old-version" => say(&card(id, "1999-01-01")),
        version if version.starts_with("20") => say(&card(id, version)),
        _ => say(&card(id, "2025-11-25")),
    }
}

/// The client said `notifications/initialized`.
pub(crate) fn introduced(mode: &str) -> io::Result<()> {
    if mode == "crash-on-initialized" { crash() } else { Ok(()) }
}

/// Stdin has ended: the time to leave.
pub(crate) fn end(mode: &str) -> io::Result<()> {
    if mode == "stubborn" { wait_for_ever() } else { Ok(()) }
}

fn card(id: &Value, version: &str) -> Value {
    json!({ "id": id, "result": {
        "serverInfo": { "name": "hostile", "x-unknown": [1.0] }, "capabilities": {}, "instructions": "beware",
        "protocolVersion": version,
    } })
}
