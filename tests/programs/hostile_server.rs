//! An MCP server that misbehaves as asked: the first argument names how. Each mode is one thing that real servers were seen to do.
//!
//! Modes at the start: `crash-early`, `no-json`, `old-version`, `not-mcp`, `silent`, `polite-no`. Any other mode shakes hands properly and
//! then misbehaves by the tool that is called.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    begin(&mode)?;
    let mut held = Vec::new();
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        match message["method"].as_str() {
            Some("initialize") => introduce(&mode, &message)?,
            Some("tools/call") => misbehave(&message, &mut held)?,
            Some("notifications/cancelled") => {
                let cancelled = &message["params"]["requestId"];
                say(
                    &json!({ "jsonrpc": "2.0", "method": "notifications/saw_cancel", "params": { "requestId": cancelled } }),
                )?;
                answer(cancelled, "too late")?;
            }
            Some(_) => {}
            None => {
                say(&json!({ "jsonrpc": "2.0", "method": "notifications/saw_answer", "params": message }))?;
            }
        }
    }
    Ok(())
}

#[expect(clippy::exit, reason = "crashing is the point")]
fn begin(mode: &str) -> io::Result<()> {
    match mode {
        "crash-early" => {
            eprintln!("Error: Cannot find module 'left-pad'");
            std::process::exit(3);
        }
        "no-json" => {
            raw(b"Usage: server [options]\nTry --help\n")?;
            say(&json!({ "method": "notifications/said_it" }))
        }
        _ => Ok(()),
    }
}

fn introduce(mode: &str, message: &Value) -> io::Result<()> {
    let id = &message["id"];
    match mode {
        "no-json" | "silent" => Ok(()),
        "polite-no" => {
            eprintln!("license expired");
            say(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32603, "message": "no license" } }))
        }
        "not-mcp" => say(&json!({ "id": id, "result": { "hello": 1 } })),
        _ => {
            let version = if mode.starts_with("20") || mode == "old-version" { mode } else { "2025-11-25" };
            let version = if version == "old-version" { "1999-01-01" } else { version };
            say(&json!({ "id": id, "result": {
                "serverInfo": { "name": "hostile", "x-unknown": [1.0] }, "capabilities": {}, "instructions": "beware",
                "protocolVersion": version,
            } }))
        }
    }
}

fn misbehave(message: &Value, held: &mut Vec<Value>) -> io::Result<()> {
    let id = &message["id"];
    match message["params"]["name"].as_str().unwrap_or_default() {
        "pollute" => {
            raw(b"npm WARN deprecated\n\n{\"level\":\"info\",\"id\":")?;
            raw(format!("{id},\"msg\":\"looks like JSON\"}}x\n{{not json\r\n[1,2\n").as_bytes())?;
            answer(id, "clean")
        }
        "split" => split(id),
        "key-order" => raw(format!(
            "{{\"result\":{{\"id\":1,\"deep\":{{\"id\":2}}}},\"jsonrpc\":\"2.0\",\"id\":{id}}}\r\n"
        )
        .as_bytes()),
        "string-id" => answer(&json!(id.to_string()), "text id"),
        "huge" => huge(id, message["params"]["arguments"]["bytes"].as_u64().unwrap_or(0)),
        "wrong-ids" => {
            for wrong in [json!(999_999), json!("abc"), Value::Null, json!(-1), json!({ "a": 1 })] {
                answer(&wrong, "for nobody")?;
            }
            answer(id, "right")?;
            answer(id, "again")
        }
        "hold" => {
            held.push(id.clone());
            Ok(())
        }
        "release-backwards" => {
            held.push(id.clone());
            held.drain(..).rev().try_for_each(|id| answer(&id, &id.to_string()))
        }
        "batch" => {
            let all: Vec<_> =
                held.drain(..).chain([id.clone()]).map(|id| message_of(&id, &id.to_string())).collect();
            say(&Value::from(all))
        }
        "ask" => {
            say(&json!({ "jsonrpc": "2.0", "id": "srv-1", "method": "ping" }))?;
            say(&json!({ "jsonrpc": "2.0", "id": 2, "method": "roots/list" }))?;
            answer(id, "asked")
        }
        "progress" => {
            let token = &message["params"]["_meta"]["progressToken"];
            for progress in 1..=3 {
                say(
                    &json!({ "method": "notifications/progress", "params": { "progressToken": token, "progress": progress } }),
                )?;
            }
            say(
                &json!({ "method": "notifications/progress", "params": { "progressToken": "unknown", "progress": 9 } }),
            )?;
            answer(id, &token.to_string())
        }
        "flood" => {
            let note =
                b"{\"method\":\"notifications/message\",\"params\":{\"data\":\"noise\"}}\n".repeat(1000);
            (0..100).try_for_each(|_| raw(&note))?;
            answer(id, "after the flood")
        }
        "empty-answer" => say(&json!({ "jsonrpc": "2.0", "id": id })),
        "rpc-error" => {
            say(&json!({ "id": id, "error": { "code": -32000, "message": "no", "data": { "why": 1 } } }))
        }
        "crash" => crash(),
        "answer-and-crash" => {
            answer(id, "last words")?;
            crash()
        }
        "close-stdout" => {
            eprintln!("going mute");
            close(nix::libc::STDOUT_FILENO)
        }
        "stop-reading" => {
            answer(id, "deaf now")?;
            wait_for_ever()
        }
        "answer-while-not-reading" => not_reading(id),
        _ => answer(id, "fine"),
    }
}

/// Writes megabytes before it reads again: a client that waits for its own write to finish would never read them.
fn not_reading(id: &Value) -> io::Result<()> {
    for _ in 0..64 {
        raw(format!("{{\"method\":\"notifications/message\",\"params\":\"{}\"}}\n", "n".repeat(64 << 10))
            .as_bytes())?;
    }
    answer(id, "reading again")
}

fn split(id: &Value) -> io::Result<()> {
    let line = message_of(id, "žluťoučký kůň 🐴").to_string() + "\r\n";
    for byte in line.as_bytes() {
        raw(&[*byte])?;
    }
    Ok(())
}

fn huge(id: &Value, bytes: u64) -> io::Result<()> {
    raw(b"{\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"")?;
    let chunk = [b'x'; 64 << 10];
    let mut left = bytes;
    while left > 0 {
        let count = left.min(chunk.len() as u64);
        raw(&chunk[..usize::try_from(count).unwrap_or_default()])?;
        left -= count;
    }
    raw(format!("\"}}],\"id\":1}},\"id\":{id}}}\n").as_bytes())
}

#[expect(clippy::exit, reason = "crashing is the point")]
fn crash() -> io::Result<()> {
    eprintln!("panic: out of cheese\n  at server.js:1:1");
    std::process::exit(42);
}

fn close(fd: i32) -> io::Result<()> {
    Ok(nix::unistd::close(fd)?)
}

fn wait_for_ever() -> io::Result<()> {
    loop {
        nix::unistd::pause();
    }
}

fn message_of(id: &Value, text: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": { "content": [{ "type": "text", "text": text }] } })
}

fn answer(id: &Value, text: &str) -> io::Result<()> {
    say(&message_of(id, text))
}

fn say(message: &Value) -> io::Result<()> {
    raw(format!("{message}\n").as_bytes())
}

fn raw(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
