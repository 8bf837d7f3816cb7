//! A native MCP server that costs next to nothing, so that a bench measures the client. Reads big chunks, answers all whole lines of a
//! chunk with one write.
//!
//! Tools: `echo {text}` → one text block · `big {bytes}` → that many bytes of text · `sleep {ms}` · `pid` · `exit {code}`.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: Option<&'a str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Call<'a> {
    name: &'a str,
    #[serde(borrow)]
    arguments: Option<Arguments<'a>>,
}

#[derive(Deserialize, Default)]
struct Arguments<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    bytes: Option<usize>,
    ms: Option<u64>,
    code: Option<i32>,
}

fn main() -> std::io::Result<()> {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout());
    let mut buffer = vec![0; 256 * 1024];
    let (mut filled, mut searched) = (0, 0);
    let mut answers = Vec::with_capacity(256 * 1024);
    loop {
        if filled == buffer.len() {
            buffer.resize(filled * 2, 0);
        }
        let count = input.read(&mut buffer[filled..])?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        let Some(last) = memchr::memrchr(b'\n', &buffer[searched..filled]) else {
            searched = filled;
            continue;
        };
        let end = searched + last + 1;
        for line in buffer[..end].split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            answer(line, &mut answers);
        }
        output.write_all(&answers)?;
        output.flush()?;
        answers.clear();
        buffer.copy_within(end..filled, 0);
        filled -= end;
        searched = filled;
    }
}

fn answer(line: &[u8], out: &mut Vec<u8>) {
    let Ok(message) = serde_json::from_slice::<Message<'_>>(line) else { return };
    let (Some(id), Some(method)) = (message.id, message.method) else { return };
    let params = message.params.map_or("{}", RawValue::get);
    match method {
        "initialize" => result(out, id, &introduction(params).to_string()),
        "ping" => result(out, id, "{}"),
        "tools/list" => result(out, id, &tools().to_string()),
        "tools/call" => call(out, id, params),
        _ => error(out, id, -32601, "method not found"),
    }
}

fn call(out: &mut Vec<u8>, id: &RawValue, params: &str) {
    let Ok(call) = serde_json::from_str::<Call<'_>>(params) else {
        return error(out, id, -32602, "bad params");
    };
    let arguments = call.arguments.unwrap_or_default();
    match call.name {
        "echo" => text(out, id, arguments.text.map_or("\"\"", RawValue::get).as_bytes()),
        "big" => {
            let bytes = arguments.bytes.unwrap_or(1 << 20);
            let mut quoted = Vec::with_capacity(bytes + 2);
            quoted.push(b'"');
            quoted.resize(bytes + 1, b'x');
            quoted.push(b'"');
            text(out, id, &quoted);
        }
        "sleep" => wait_in_background(id, arguments.ms.unwrap_or(0)),
        "pid" => text(out, id, format!("\"{}\"", std::process::id()).as_bytes()),
        "exit" => leave(arguments.code.unwrap_or(0)),
        _ => error(out, id, -32602, "unknown tool"),
    }
}

/// Other calls go on meanwhile. One write of a short line to a pipe is atomic, so it cannot fall into another answer; bigger answers
/// are written by the main thread alone, under the same lock of stdout.
fn wait_in_background(id: &RawValue, ms: u64) {
    let id = id.to_owned();
    thread::spawn(move || {
        let (_nobody_sends, nothing) = mpsc::channel::<()>();
        let _ = nothing.recv_timeout(Duration::from_millis(ms));
        let mut out = Vec::new();
        text(&mut out, &id, b"\"slept\"");
        let _ = std::io::stdout().lock().write_all(&out);
        let _ = std::io::stdout().flush();
    });
}

#[expect(clippy::exit, reason = "the tool's job is to end the process in the middle of a call")]
fn leave(code: i32) {
    eprintln!("leaving with {code} as asked");
    std::process::exit(code);
}

fn text(out: &mut Vec<u8>, id: &RawValue, quoted: &[u8]) {
    head(out, id);
    out.extend_from_slice(b",\"result\":{\"content\":[{\"type\":\"text\",\"text\":");
    out.extend_from_slice(quoted);
    out.extend_from_slice(b"}]}}\n");
}

fn result(out: &mut Vec<u8>, id: &RawValue, result: &str) {
    head(out, id);
    out.extend_from_slice(b",\"result\":");
    out.extend_from_slice(result.as_bytes());
    out.extend_from_slice(b"}\n");
}

fn error(out: &mut Vec<u8>, id: &RawValue, code: i32, message: &str) {
    head(out, id);
    out.extend_from_slice(b",\"error\":");
    out.extend_from_slice(json!({ "code": code, "message": message }).to_string().as_bytes());
    out.extend_from_slice(b"}\n");
}

fn head(out: &mut Vec<u8>, id: &RawValue) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.get().as_bytes());
}

fn introduction(params: &str) -> Value {
    let asked: Value = serde_json::from_str(params).unwrap_or_default();
    json!({
        "protocolVersion": asked["protocolVersion"],
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "echo", "version": "1.0.0" },
    })
}

fn tools() -> Value {
    let tool = |name: &str, property: &str, kind: &str| json!({ "name": name, "inputSchema": { "type": "object", "properties": { property: { "type": kind } } } });
    json!({ "tools": [
        tool("echo", "text", "string"), tool("big", "bytes", "integer"), tool("sleep", "ms", "integer"),
        tool("pid", "unused", "null"), tool("exit", "code", "integer"),
    ] })
}
