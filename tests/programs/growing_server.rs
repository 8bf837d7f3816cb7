//! An MCP server that uses more and more memory, and falls silent: what a pool must notice. It does one thing after the other.
//!
//! `growing_server [MB]`: grows by so many MB five times a second from its start on.
//! Tools: `grow {mb}` or `grow {kb}` holds so much more · `hide {mb}` holds it in an unnamed file of the memory's, which no process maps · `sleep {ms}` answers nothing else meanwhile · `pid` · `exit {code}`.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

static HELD: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
static HIDDEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

fn main() -> io::Result<()> {
    if let Some(step) = std::env::args().nth(1).and_then(|step| step.parse::<u64>().ok()) {
        thread::spawn(move || {
            loop {
                grow(step << 20);
                pause(200);
            }
        });
    }
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        if message["id"].is_null() {
            continue;
        }
        let result = match message["method"].as_str() {
            Some("initialize") => json!({
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": { "tools": {} },
                "serverInfo": { "name": "growing", "version": "1" },
            }),
            Some("tools/call") => {
                let text = call(&message["params"]);
                json!({ "content": [{ "type": "text", "text": text }] })
            }
            _ => json!({}),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{}", json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))?;
        out.flush()?;
    }
    Ok(())
}

#[expect(clippy::exit, reason = "the tool's job is to end the process in the middle of a call")]
fn call(params: &Value) -> String {
    let number = |name: &str| params["arguments"][name].as_u64().unwrap_or(0);
    match params["name"].as_str() {
        Some("grow") => {
            grow((number("mb") << 20) + (number("kb") << 10));
            "grown".to_owned()
        }
        Some("hide") => match hide(number("mb")) {
            Ok(()) => "hidden".to_owned(),
            Err(error) => error.to_string(),
        },
        Some("sleep") => {
            pause(number("ms"));
            "slept".to_owned()
        }
        Some("exit") => std::process::exit(i32::try_from(number("code")).unwrap_or(1)),
        _ => std::process::id().to_string(),
    }
}

/// Written to, so that the pages are there.
fn grow(bytes: u64) {
    let bytes = usize::try_from(bytes).unwrap_or(0);
    HELD.lock().expect("nobody panics with it").push(vec![1; bytes]);
}

fn hide(megabytes: u64) -> io::Result<()> {
    let path = format!(
        "/dev/shm/growing-server-{}-{}",
        std::process::id(),
        HIDDEN.lock().expect("nobody panics with it").len()
    );
    let mut file = File::create_new(&path)?;
    std::fs::remove_file(&path)?;
    for _ in 0..megabytes {
        file.write_all(&[1; 1 << 20])?;
    }
    HIDDEN.lock().expect("nobody panics with it").push(file);
    Ok(())
}

fn pause(ms: u64) {
    let (_nobody_sends, nothing) = mpsc::channel::<()>();
    let _ = nothing.recv_timeout(Duration::from_millis(ms));
}
