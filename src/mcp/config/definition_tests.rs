//! What is in force after all sources have spoken, and what is handed to whoever connects.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::model::{ErrorCode, PoolOptions, Result};

const PROJECT: &str = "/p/config/mcporter.json";

fn load_one(path: &str, entry: &Value, code: &Value) -> LoadedConfig {
    let text = json!({ "mcpServers": { "s": entry } }).to_string();
    let files: BTreeMap<PathBuf, String> = [(path.into(), text)].into();
    let servers = code.as_object().unwrap().clone();
    let options =
        LoadOptions { root_dir: "/p".into(), home: Some("/h".into()), servers, ..LoadOptions::default() };
    load(&options, &files).unwrap()
}

fn entry(value: &Value) -> ServerEntry {
    load_one(PROJECT, value, &json!({})).find("s").unwrap().clone()
}

fn env(variables: &[(&'static str, &'static str)]) -> HostEnv {
    variables.iter().copied().collect()
}

#[test]
fn code_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let file = json!({ "command": "x", "procman": { "maxInstances": 7, "maxRestarts": 9 } });
    let size = env(&[("PROCESS_POOL_SIZE", "5")]);
    let of_file = entry(&file);
    let max = |entry: &ServerEntry, env: &HostEnv, code: Option<&PoolOptions>| {
        let settings = entry.pool_settings(env, code).unwrap();
        (settings.max_instances, settings.max_restarts)
    };
    assert_eq!(max(&entry(&json!({ "command": "x" })), &env(&[]), None), (3, 3));
    assert_eq!(max(&of_file, &env(&[]), None), (7, 9));
    assert_eq!(max(&of_file, &size, None), (5, 9));
    let code = json!({ "s": { "command": "x", "procman": { "maxInstances": 2 } } });
    let of_code = load_one(PROJECT, &file, &code).find("s").unwrap().clone();
    assert_eq!(max(&of_code, &size, None), (2, 3));
    // A pool of a program's own: PROCESS_POOL_SIZE is not about it.
    assert_eq!(max(&of_file, &size, Some(&PoolOptions::default())), (7, 9));
    let own = PoolOptions { max_instances: Some(4), ..PoolOptions::default() };
    assert_eq!(max(&of_file, &size, Some(&own)), (4, 9));
}

#[test]
fn what_no_source_got_wrong_alone_is_still_refused() {
    let entry = entry(&json!({ "command": "x", "procman": { "minInstances": 3 } }));
    let error = entry.pool_settings(&env(&[("PROCESS_POOL_SIZE", "2")]), None).unwrap_err();
    assert!(error.message().contains("minInstances is 3"), "{error}");
    let error = entry.pool_settings(&env(&[("MCP_MEMORY_LIMIT_MB", "lots")]), None).unwrap_err();
    assert!(error.message().contains("MCP_MEMORY_LIMIT_MB"), "{error}");
}

#[test]
fn a_definition_holds_everything_filled_in() {
    let http = entry(&json!({
        "url": "https://x.test/mcp", "bearerTokenEnv": "TOKEN", "headers": { "X-A": "${OWN}" }, "env": { "OWN": "mine" },
        "auth": "OAuth", "oauth_client_secret_env": "SECRET", "refresh": { "tokenEndpoint": "https://x.test/t", "clientIdEnv": "UNSET" },
        "allowedTools": ["a"], "procman": { "acquireTimeout": "Infinity" },
    }));
    let definition = http.definition(&env(&[("TOKEN", "t-1"), ("SECRET", "s-1")])).unwrap();
    let headers =
        json!({ "X-A": "mine", "Authorization": "t-1", "accept": "application/json, text/event-stream" });
    assert_eq!(definition["headers"], headers);
    assert_eq!((&definition["kind"], &definition["auth"]), (&json!("http"), &json!("oauth")));
    assert_eq!(definition["variables"], json!({ "SECRET": "s-1" }));
    assert_eq!(definition["refresh"], json!({ "tokenEndpoint": "https://x.test/t", "clientIdEnv": "UNSET" }));
    assert_eq!(definition["pool"]["acquireTimeout"], json!("Infinity"));
    assert_eq!(definition["allowedTools"], json!(["a"]));
    assert!(!format!("{http:?}").contains("s-1"));
}

#[test]
fn a_header_without_its_variable_is_named_and_its_neighbours_stay_secret() {
    let http = entry(&json!({ "url": "https://x.test", "headers": { "A": "${KEY}", "B": "${UNSET}" } }));
    let error: Result<Value> = http.definition(&env(&[("KEY", "k-1")]));
    let error = error.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Config);
    assert!(error.message().contains("'headers.B'") && error.message().contains("UNSET"), "{error}");
    assert!(!format!("{error:?}").contains("k-1"));
}

#[test]
fn an_import_says_whose_it_is_and_its_fault_answers_for_its_name() {
    let config = load_one(
        "/h/.cursor/mcp.json",
        &json!({ "command": "x", "procman": { "maxInstances": 1 } }),
        &json!({}),
    );
    let imported = config.find("s").unwrap();
    assert_eq!(imported.source.to_string(), "/h/.cursor/mcp.json");
    assert_eq!(imported.definition(&env(&[])).unwrap()["import"], json!("cursor"));
    assert_eq!(imported.pool.max_instances, Some(1));
    let config = load_one("/h/.cursor/mcp.json", &json!({ "command": "${UNSET}" }), &json!({}));
    let error = config.find("s").unwrap_err();
    assert_eq!(error.code(), ErrorCode::Config);
    assert!(error.message().starts_with("/h/.cursor/mcp.json:1:"), "{error}");
}
