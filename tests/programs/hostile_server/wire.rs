//! What the server writes: messages, and bytes that are none.

use std::io::{self, Write};

use serde_json::{Value, json};

pub(crate) fn message_of(id: &Value, text: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": { "content": [{ "type": "text", "text": text }] } })
}

pub(crate) fn answer(id: &Value, text: &str) -> io::Result<()> {
    say(&message_of(id, text))
}

pub(crate) fn notify(method: &str, params: &Value) -> io::Result<()> {
    say(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
}

pub(crate) fn say(message: &Value) -> io::Result<()> {
    raw(format!("{message}\n").as_bytes())
}

pub(crate) fn raw(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
