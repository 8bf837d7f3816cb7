//! The table of keys against its reader, its writer and the published schema.

use serde_json::json;

use super::super::pool_keys::settings_json;
use super::*;
use crate::model::{PoolSettings, Protocol, Sharing};

fn read_value(value: &Value) -> Result<ReadPool, FieldFault> {
    read(&["procman"], value.as_object().unwrap())
}

fn rule_of(key: &str, value: &Value) -> Option<String> {
    read_value(&json!({ key: value })).err().map(|fault| fault.rule)
}

#[test]
fn every_key_comes_back_as_it_was_written() {
    let written = json!({
        "minInstances": 1, "maxInstances": 9, "sharing": "session", "maxLeasesPerInstance": "Infinity",
        "maxCallsPerInstance": 2, "idleTimeout": "Infinity", "sessionIdleTimeout": 0, "acquireTimeout": 1.5,
        "startTimeout": 20, "graceMs": 30, "memoryLimitMB": 0.5, "maxMessageMB": 0.5, "restartOnMemoryLeak": false,
        "sharedMemoryCache": false, "healthCheckInterval": "Infinity", "maxRestarts": 0, "protocol": "auto",
    });
    assert_eq!(written.as_object().unwrap().len(), KEYS.len());
    let settings = PoolSettings::of(&read_value(&written).unwrap().options).unwrap();
    assert_eq!(settings_json(&settings), written);
    assert_eq!((settings.sharing, settings.protocol), (Sharing::Session, Protocol::Auto));
    assert_eq!(settings.memory_limit, BYTES_PER_MB / 2);
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let expected = json!({
        "minInstances": 0, "maxInstances": 3, "sharing": "shared", "maxLeasesPerInstance": 16,
        "maxCallsPerInstance": 16, "idleTimeout": 300_000, "sessionIdleTimeout": 300_000,
        "acquireTimeout": 60_000, "startTimeout": 60_000, "graceMs": 5000, "memoryLimitMB": 512, "maxMessageMB": 64,
        "restartOnMemoryLeak": true, "sharedMemoryCache": true, "healthCheckInterval": 30_000,
        "maxRestarts": 3, "protocol": "legacy",
    });
    assert_eq!(settings_json(&PoolSettings::default()), expected);
}

#[test]
fn values_outside_the_rule_are_named_with_it() {
    for (key, value) in [
        ("maxInstances", json!(0)),
        ("maxInstances", json!("Infinity")),
        ("minInstances", json!(1.5)),
        ("maxRestarts", json!(-1)),
        ("maxCallsPerInstance", json!(4_294_967_295_u32)),
        ("idleTimeout", json!(null)),
        ("idleTimeout", json!(1e300)),
        ("acquireTimeout", json!("5s")),
        ("startTimeout", json!(0)),
        ("healthCheckInterval", json!(-1)),
        ("memoryLimitMB", json!(0)),
        ("restartOnMemoryLeak", json!("yes")),
        ("sharing", json!("none")),
        ("protocol", json!("2025-11-25")),
    ] {
        let rule = rule_of(key, &value).unwrap_or_else(|| panic!("{key}: {value} was taken"));
        assert!(rule.contains(&value.to_string()) && rule.contains("leave the key out"), "{key}: {rule}");
    }
    let both = read_value(&json!({ "minInstances": 3, "maxInstances": 2 })).unwrap_err();
    assert_eq!(both.path, ["procman", "minInstances"]);
}

/// Code could switch it off by 0, a file could not.
#[test]
fn an_interval_of_zero_is_never() {
    for never in [json!(0), json!(0.0), json!("Infinity")] {
        let options = read_value(&json!({ "healthCheckInterval": never })).unwrap().options;
        assert_eq!(PoolSettings::of(&options).unwrap().health_check_interval, None);
    }
}

#[test]
fn unknown_keys_are_notes_that_name_what_was_meant() {
    let read = read_value(&json!({ "maxInstnces": 2, "command": "x", "zzz": 1 })).unwrap();
    assert_eq!(read.options, PoolOptions::default());
    let rules: Vec<&str> = read.unknown.iter().map(|fault| fault.rule.as_str()).collect();
    assert!(rules[0].contains("did you mean 'maxInstances'?"), "{}", rules[0]);
    assert!(rules[1].contains("stands in the entry itself"), "{}", rules[1]);
    assert!(rules[2].contains("known are minInstances"), "{}", rules[2]);
}
