//! Whole loads over a pretended file system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;
use crate::model::{Error, ErrorCode, Result};

const HOME: &str = "/h/.mcporter/mcporter.json";
const PROJECT: &str = "/p/config/mcporter.json";
const CLAUDE: &str = "/p/.mcp.json";

fn load_files(files: &[(&str, &str)], adjust: impl FnOnce(&mut LoadOptions)) -> Result<LoadedConfig> {
    let files: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
    let mut options =
        LoadOptions { root_dir: "/p".into(), home: Some("/h".into()), ..LoadOptions::default() };
    adjust(&mut options);
    load(&options, &files)
}

fn env(variables: &[(&'static str, &'static str)]) -> HostEnv {
    variables.iter().copied().collect()
}

fn one_entry(entry: &Value, variables: &[(&'static str, &'static str)]) -> Result<ServerEntry> {
    let text = json!({ "mcpServers": { "s": entry } }).to_string();
    load_files(&[(PROJECT, &text)], |options| options.env = env(variables))?.find("s").cloned()
}

fn command_of(config: &LoadedConfig, name: &str) -> String {
    match &config.find(name).unwrap().transport {
        Transport::Stdio { command, .. } => command.clone(),
        Transport::Http { url, .. } => url.clone(),
    }
}

fn server(command: &str) -> String {
    json!({ "mcpServers": { "s": { "command": command } } }).to_string()
}

#[test]
fn the_stronger_layer_wins() {
    let (claude, home, project) = (server("claude"), server("home"), server("project"));
    let files = [(CLAUDE, claude.as_str()), (HOME, home.as_str()), (PROJECT, project.as_str())];
    for (count, winner) in [(1, "claude"), (2, "home"), (3, "project")] {
        let config = load_files(&files[..count], |_| {}).unwrap();
        assert_eq!(command_of(&config, "s"), winner);
        assert_eq!(config.files_read.len(), count);
    }
    let inline = json!({ "s": { "command": "code" } }).as_object().unwrap().clone();
    let config = load_files(&files, |options| options.servers = inline).unwrap();
    assert_eq!(command_of(&config, "s"), "code");
    assert_eq!(config.find("s").unwrap().source.to_string(), "code");
}

#[test]
fn a_named_file_is_the_only_one_and_must_be_sound() {
    let (project, other) = (server("project"), server("other"));
    let files = [
        (PROJECT, project.as_str()),
        ("/p/x.json", other.as_str()),
        ("/p/bad.json", "{\n  \"mcpServers\": {,}\n}"),
    ];
    let with = |path: &str| load_files(&files, |options| options.config_path = Some(path.into()));
    assert_eq!(with("x.json").unwrap().files_read, [Path::new("/p/x.json")]);
    let missing = with("absent.json").unwrap_err();
    assert_eq!(missing.code(), ErrorCode::Config);
    assert!(missing.message().contains("/p/absent.json"), "{missing}");
    let bad = with("bad.json").unwrap_err();
    assert!(bad.message().starts_with("/p/bad.json:2:18: "), "{bad}");
    assert_eq!((bad.details()["line"].clone(), bad.details()["column"].clone()), (json!(2), json!(18)));
    let by_variable =
        load_files(&files, |options| options.env = env(&[("MCPORTER_CONFIG", "x.json")])).unwrap();
    assert_eq!(command_of(&by_variable, "s"), "other");
}

#[test]
fn a_malformed_implicit_file_warns_and_explains_a_miss() {
    let home = server("home");
    let config = load_files(&[(HOME, &home), (PROJECT, "{ \"mcpServers\": ")], |_| {}).unwrap();
    assert_eq!(command_of(&config, "s"), "home");
    assert_eq!(config.warnings.len(), 1);
    let miss = config.find("other").unwrap_err();
    assert_eq!(miss.code(), ErrorCode::Config);
    assert_eq!(miss.details()["file"], PROJECT);
    assert_eq!(miss.details()["line"], 1);
    let sound = load_files(&[(HOME, &home)], |_| {}).unwrap();
    assert_eq!(sound.find("other").unwrap_err().code(), ErrorCode::ServerUnknown);
}

#[test]
fn an_unknown_server_names_the_files_and_the_nearest_names() {
    let text =
        json!({ "mcpServers": { "asana-v2": { "command": "a" }, "github": { "command": "g" } } }).to_string();
    let config = load_files(&[(PROJECT, &text)], |_| {}).unwrap();
    let error = config.find("asana").unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerUnknown);
    assert!(error.message().contains("did you mean asana-v2?"), "{error}");
    assert!(error.message().contains(PROJECT), "{error}");
    assert_eq!(error.details()["nearest"], json!(["asana-v2"]));
    let nothing = load_files(&[], |_| {}).unwrap().find("asana").unwrap_err();
    assert!(nothing.message().contains("looked at /p/config/mcporter.json"), "{nothing}");
}

#[test]
fn imports_of_nobodys_files_make_no_noise() {
    let text = r#"{ "imports": ["cursor"], "daemonIdleTimeoutMs": 5, "mcpServers": {} }"#;
    let config = load_files(&[(PROJECT, text)], |_| {}).unwrap();
    assert!(config.warnings.is_empty() && config.servers.is_empty());
}

#[test]
fn top_level_settings_merge_key_by_key() {
    let home = r#"{ "procman": { "maxConcurrent": 2, "timeoutMs": 5 } }"#;
    let project = r#"{ "mcpServers": {}, "procman": { "maxConcurrent": 9 } }"#;
    let config = load_files(&[(HOME, home), (PROJECT, project)], |_| {}).unwrap();
    assert_eq!(config.settings.get("maxConcurrent").unwrap(), Some(&json!(9)));
    assert_eq!(config.settings.get("timeoutMs").unwrap(), Some(&json!(5)));
    let wrong = r#"{ "mcpServers": {}, "procman": { "maxConcurrent": 0 } }"#;
    let config = load_files(&[(HOME, home), (PROJECT, wrong)], |_| {}).unwrap();
    let fault = config.settings.get("maxConcurrent").unwrap_err();
    assert!(
        fault.message().starts_with("/p/config/mcporter.json:1:51: field 'procman.maxConcurrent'"),
        "{fault}"
    );
    assert_eq!(config.settings.get("timeoutMs").unwrap(), Some(&json!(5)));
    assert_eq!(config.warnings.len(), 1);
}

#[test]
fn commands_are_read_in_every_form() {
    let stdio = |entry: Value| match one_entry(&entry, &[("WORDS", "a b")]).unwrap().transport {
        Transport::Stdio { command, args, cwd, .. } => (command, args.join("|"), cwd.display().to_string()),
        Transport::Http { .. } => panic!("http"),
    };
    let cases = [
        (json!({ "command": "npx -y 'my server'" }), "npx", "-y|my server", "/p/config"),
        (json!({ "command": "my tool", "args": ["x"] }), "my tool", "x", "/p/config"),
        (json!({ "command": ["a b", "c"], "args": ["ignored"] }), "a b", "c", "/p/config"),
        (json!({ "executable": "run it" }), "run", "it", "/p/config"),
        (
            json!({ "command": "x", "executable": "y", "args": ["${WORDS}", "$env:WORDS"] }),
            "x",
            "a b|a b",
            "/p/config",
        ),
        (json!({ "command": "${WORDS} c" }), "a", "b|c", "/p/config"),
        (json!({ "command": "x", "cwd": "../lib" }), "x", "", "/p/lib"),
        (json!({ "command": "x", "cwd": "~/lib" }), "x", "", "/h/lib"),
        (json!({ "command": "x", "cwd": "/abs/../b" }), "x", "", "/b"),
        (json!({ "url": "", "command": "x" }), "x", "", "/p/config"),
    ];
    for (entry, command, args, cwd) in cases {
        assert_eq!(stdio(entry.clone()), (command.into(), args.into(), cwd.into()), "{entry}");
    }
}

#[test]
fn a_path_with_spaces_is_one_program_if_it_exists() {
    let text = server("./my tools/run");
    let command = |files: &[(&str, &str)]| command_of(&load_files(files, |_| {}).unwrap(), "s");
    assert_eq!(command(&[(PROJECT, &text), ("/p/config/my tools/run", "")]), "./my tools/run");
    assert_eq!(command(&[(PROJECT, &text)]), "./my");
}

#[test]
fn http_entries_are_listed_and_refused_at_start() {
    for spelling in ["baseUrl", "base_url", "url", "serverUrl", "server_url"] {
        let entry =
            one_entry(&json!({ spelling: "https://${HOST}/mcp", "command": "loses" }), &[("HOST", "x.test")])
                .unwrap();
        let Transport::Http { url, headers, .. } = &entry.transport else { panic!("stdio") };
        assert_eq!(url, "https://x.test/mcp");
        assert_eq!(headers, &[("accept".to_owned(), "application/json, text/event-stream".to_owned())]);
        assert_eq!(entry.resolve(&HostEnv::default()).unwrap_err().code(), ErrorCode::Unsupported);
    }
}

#[test]
fn a_faulty_entry_names_file_place_field_and_rule() {
    let cases = [
        (json!("x"), "", "must be an object"),
        (json!({}), "", "has neither"),
        (json!({ "command": 5 }), "command", "must be a string or a list of strings, not a number"),
        (json!({ "executable": ["x"] }), "executable", "must be a string, not a list"),
        (json!({ "command": "x", "args": "y" }), "args", "must be a list of strings, not a string"),
        (
            json!({ "command": "x", "args": ["y", 1] }),
            "args.1",
            "must be a string, not a number; write it in quotes",
        ),
        (json!({ "command": "x", "args": ["${NO}"] }), "args.0", "needs the environment variable NO"),
        (json!({ "command": "x", "cwd": null }), "cwd", "must be a string, not null"),
        (json!({ "command": "x\u{0}y" }), "command", "must not contain a NUL"),
        (json!({ "command": "x", "env": { "PORT": 1 } }), "env.PORT", "must be a string, not a number"),
        (json!({ "command": "x", "env": { "A=B": "1" } }), "env.A=B", "is no name of a variable"),
        (json!({ "url": "ftp://x" }), "url", "must be a URL that starts with http:// or https://"),
        (json!({ "command": "x", "inheritEnv": 1 }), "inheritEnv", "must be true or false"),
        (
            json!({ "command": "x", "allowedTools": [], "blocked_tools": [] }),
            "allowedTools",
            "exclude each other",
        ),
    ];
    for (entry, field, rule) in cases {
        let error = one_entry(&entry, &[]).expect_err(&entry.to_string());
        assert_eq!(error.code(), ErrorCode::Config, "{entry}");
        assert!(error.message().starts_with(&format!("{PROJECT}:1:")), "{error}");
        assert!(error.message().contains(rule), "{error}");
        assert_eq!(error.details()["field"], field, "{error}");
    }
}

#[test]
fn a_faulty_entry_harms_no_other_and_hides_its_weaker_twin() {
    let home = server("home");
    let project = json!({ "mcpServers": { "s": { "command": 1 }, "t": { "command": "t" } } }).to_string();
    let config = load_files(&[(HOME, &home), (PROJECT, &project)], |_| {}).unwrap();
    assert_eq!(command_of(&config, "t"), "t");
    assert_eq!(config.find("s").unwrap_err().code(), ErrorCode::Config);
    assert_eq!(config.warnings.len(), 1);
}

#[test]
fn tool_filters_are_data() {
    let permits = |entry: Value| {
        let tools = one_entry(&entry, &[]).unwrap().tools;
        ["a", "b"].map(|tool| tools.permits(tool))
    };
    assert_eq!(permits(json!({ "command": "x" })), [true, true]);
    assert_eq!(permits(json!({ "command": "x", "allowed_tools": ["a"] })), [true, false]);
    assert_eq!(permits(json!({ "command": "x", "blockedTools": ["a"] })), [false, true]);
}

fn environment_of(entry: &ServerEntry, host: &HostEnv) -> Vec<String> {
    let spec = entry.resolve(host).unwrap();
    spec.env.into_iter().map(|variable| String::from_utf8(variable).unwrap()).collect()
}

#[test]
fn variables_are_resolved_when_the_server_starts() {
    let entry = one_entry(
        &json!({ "command": "x", "env": { "TOKEN": "${SECRET}", "EMPTY": "${NONE}", "HOST": "own", "KEPT": "${NONE}" } }),
        &[],
    )
    .unwrap();
    let host = env(&[("SECRET", "s3"), ("HOST", "host"), ("KEPT", "kept")]);
    assert_eq!(environment_of(&entry, &host), ["HOST=own", "KEPT=kept", "SECRET=s3", "TOKEN=s3"]);
    let needs = one_entry(&json!({ "command": "x", "env": { "A": "$env:GONE" } }), &[]).unwrap();
    let error = needs.resolve(&HostEnv::default()).unwrap_err();
    assert_eq!((error.code(), &error.details()["field"]), (ErrorCode::Config, &json!("env.A")));
}

fn inline(config: &Value) -> Result<ServerEntry> {
    load_files(&[], |options| options.servers = json!({ "s": config }).as_object().unwrap().clone())?
        .find("s")
        .cloned()
}

#[test]
fn servers_in_code_are_taken_as_they_stand() {
    let host = env(&[("A", "1"), ("B", "2")]);
    let entry = inline(&json!({ "command": "my tool", "env": { "A": null, "C": "${B}", "D": "" } })).unwrap();
    assert_eq!(environment_of(&entry, &host), ["B=2", "C=${B}", "D="]);
    assert_eq!(entry.resolve(&host).unwrap().command, b"my tool");
    assert_eq!(entry.resolve(&host).unwrap().cwd, b"/p");
    let empty = inline(&json!({ "command": "x", "inheritEnv": false, "env": { "C": "3" } })).unwrap();
    assert_eq!(environment_of(&empty, &host), ["C=3"]);
}

#[test]
fn a_bad_server_in_code_is_an_argument_error() {
    let message = |config: &Value| {
        let error: Error = inline(config).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        error.message().to_owned()
    };
    assert!(message(&json!({ "comand": "x" })).contains("did you mean 'command'?"));
    assert!(message(&json!({ "command": "x", "url": "http://x" })).contains("and not both"));
    assert!(message(&json!({ "command": "" })).contains("needs either"));
    assert!(message(&json!({ "url": "x" })).contains("http://"));
    assert!(message(&json!([])).contains("not a list"));
}

#[test]
fn debug_output_shows_no_secret() {
    let entry = one_entry(&json!({ "command": "x", "env": { "TOKEN": "hunter2" } }), &[]).unwrap();
    let shown = format!("{entry:?} {:?}", env(&[("PASSWORD", "hunter2")]));
    assert!(shown.contains("TOKEN") && shown.contains("PASSWORD") && !shown.contains("hunter2"), "{shown}");
}
