//! Misbehaviour of a call, by the name of its tool. Any other name is answered `fine`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::processes::{close, crash, fork_holder, wait_for_ever};
use crate::wire::{answer, message_of, notify, raw, say};

pub(crate) const NAMES: &[&str] = &[
    "pollute",
    "split",
    "key-order",
    "string-id",
    "huge",
    "wrong-ids",
    "hold",
    "release-backwards",
    "batch",
    "ask",
    "progress",
    "flood",
    "empty-answer",
    "rpc-error",
    "endless-progress",
    "length",
    "fork-and-crash",
    "crash",
    "answer-and-crash",
    "close-stdout",
    "stop-reading",
    "answer-while-not-reading",
];

/// Calls that are open.
#[derive(Default)]
pub(crate) struct State {
    held: Vec<Value>,
    reporting: Option<(Value, Arc<AtomicBool>)>,
}

impl State {
    /// Ends the reports of a call.
    pub(crate) fn cancel(&mut self, id: &Value) {
        if let Some((_, stop)) = self.reporting.take_if(|(reporting, _)| reporting == id) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Says that the call goes on, as fast as the pipe takes it, until the call is cancelled.
    fn report_for_ever(&mut self, call: &Value) {
        let stop = Arc::new(AtomicBool::new(false));
        self.reporting = Some((call["id"].clone(), Arc::clone(&stop)));
        let token = call["params"]["_meta"]["progressToken"].clone();
        thread::spawn(move || {
            let mut progress = 0;
            while !stop.load(Ordering::Relaxed) {
                progress += 1;
                if notify("notifications/progress", &json!({ "progressToken": token, "progress": progress }))
                    .is_err()
                {
                    return;
                }
            }
        });
    }
}

/// Does what the called tool is named for.
pub(crate) fn misbehave(message: &Value, state: &mut State) -> io::Result<()> {
    let id = &message["id"];
    let held = &mut state.held;
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
        "endless-progress" => {
            state.report_for_ever(message);
            Ok(())
        }
        "length" => {
            answer(id, &message["params"]["arguments"]["text"].as_str().map_or(0, str::len).to_string())
        }
        "fork-and-crash" => {
            eprintln!("left {}", fork_holder()?);
            crash()
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
