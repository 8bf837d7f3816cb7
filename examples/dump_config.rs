//! Prints the configuration as JSON, every value resolved: `dump_config [--config FILE] --root DIR`.
//!
//! The differential test against mcporter reads it. It shows secrets, so it is an example and not a command.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use procman::mcp::config::{
    Disk, HostEnv, LoadOptions, LoadedConfig, ServerEntry, ToolFilter, Transport, load,
};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let index = arguments.iter().position(|argument| argument == name)?;
        arguments.get(index + 1).map(PathBuf::from)
    };
    let options = LoadOptions {
        config_path: option("--config"),
        root_dir: option("--root").map_or_else(std::env::current_dir, Ok)?,
        home: std::env::home_dir(),
        env: HostEnv::current(),
        ..LoadOptions::default()
    };
    let shown = match load(&options, &Disk) {
        Ok(config) => show(&config, &options.env),
        Err(error) => json!({ "error": error }),
    };
    writeln!(std::io::stdout(), "{shown}")
}

fn show(config: &LoadedConfig, env: &HostEnv) -> Value {
    let servers: BTreeMap<&String, Value> =
        config.servers.iter().map(|(name, entry)| (name, show_entry(entry, env))).collect();
    let faulty: BTreeMap<&str, &str> = config.faults().map(|(name, fault)| (name, fault.message())).collect();
    json!({ "servers": servers, "faulty": faulty, "filesRead": config.files_read, "warnings": config.warnings })
}

fn show_entry(entry: &ServerEntry, env: &HostEnv) -> Value {
    let transport = match &entry.transport {
        Transport::Stdio { command, args, cwd, .. } => {
            json!({ "kind": "stdio", "command": command, "args": args, "cwd": cwd })
        }
        Transport::Http { url, headers, .. } => {
            let headers: BTreeMap<_, _> = headers.iter().map(|(name, value)| (name, value)).collect();
            json!({ "kind": "http", "url": url, "headers": headers })
        }
    };
    let (allowed, blocked) = match &entry.tools {
        ToolFilter::All => (None, None),
        ToolFilter::Allowed(names) => (Some(names), None),
        ToolFilter::Blocked(names) => (None, Some(names)),
    };
    json!({
        "transport": transport,
        "description": entry.description,
        "allowedTools": allowed,
        "blockedTools": blocked,
        "source": entry.source.to_string(),
        "env": entry.resolve(env).ok().map(|spec| environment(&spec.env)),
        "definition": entry.definition(env).ok(),
    })
}

fn environment(variables: &[Vec<u8>]) -> BTreeMap<String, String> {
    let text = variables.iter().map(|variable| String::from_utf8_lossy(variable).into_owned());
    text.filter_map(|text| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect()
}
