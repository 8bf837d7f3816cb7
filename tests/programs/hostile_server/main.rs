//! An MCP server that misbehaves as asked: the first argument names a mode of the start, the tool that is called names the rest. Each is one
//! thing that real servers were seen to do. `--help` lists them; docs/mcp-engine.md says what a client should make of each.

mod modes;
mod processes;
mod tools;
mod wire;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::AsFd;

use serde_json::{Value, json};

use crate::tools::State;

fn main() -> io::Result<()> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    match mode.as_str() {
        "--help" => return help(),
        processes::HOLDER => return processes::hold(),
        _ => modes::begin(&mode)?,
    }
    let mut state = State::default();
    for line in input(&mode)?.lines() {
        if let Ok(message) = serde_json::from_str::<Value>(&line?) {
            hear(&mode, &message, &mut state)?;
        }
    }
    modes::end(&mode)
}

fn hear(mode: &str, message: &Value, state: &mut State) -> io::Result<()> {
    match message["method"].as_str() {
        Some("initialize") => modes::introduce(mode, message),
        Some("notifications/initialized") => modes::introduced(mode),
        Some("tools/call") => tools::misbehave(message, state),
        Some("notifications/cancelled") => {
            let cancelled = &message["params"]["requestId"];
            state.cancel(cancelled);
            wire::notify("notifications/saw_cancel", &json!({ "requestId": cancelled }))?;
            wire::answer(cancelled, "too late")
        }
        Some(_) => Ok(()),
        None => wire::notify("notifications/saw_answer", message),
    }
}

/// Standard input; a byte a read where the mode wants it slow.
fn input(mode: &str) -> io::Result<BufReader<File>> {
    let stdin = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    Ok(BufReader::with_capacity(if mode == "slow-stdin" { 1 } else { 64 << 10 }, stdin))
}

/// One mode or tool a line, so that a test can tell that all of them are known to it.
fn help() -> io::Result<()> {
    let names =
        |kind: &str, names: &[&str]| names.iter().map(|name| format!("{kind} {name}\n")).collect::<String>();
    wire::raw((names("mode", modes::NAMES) + &names("tool", tools::NAMES)).as_bytes())
}
