//! The published schema against the tables that the readers go by, in both directions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::imports::ImportKind;
use super::own_settings::{SETTINGS, Takes};
use super::pool_keys::{KEYS, Kind, MOST_MESSAGE_MB, PROTOCOL, SHARING, settings_json};
use super::{login, parse_entry};
use crate::model::PoolSettings;

/// Fields of an entry that no table lists.
const OTHER_FIELDS: [&str; 24] = [
    "description",
    "command",
    "executable",
    "args",
    "cwd",
    "env",
    "inheritEnv",
    "inherit_env",
    "headers",
    "bearerToken",
    "bearer_token",
    "bearerTokenEnv",
    "bearer_token_env",
    "auth",
    "tokenCacheDir",
    "token_cache_dir",
    "refresh",
    "httpFetch",
    "http_fetch",
    "allowedTools",
    "allowed_tools",
    "blockedTools",
    "blocked_tools",
    "procman",
];
/// mcporter's, of which only the first two mean something here.
const MCPORTER_FIELDS: [&str; 6] =
    ["protocolVersion", "protocol_version", "lifecycle", "logging", "oauthCommand", "oauth_command"];

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../schema/procman.schema.json")).unwrap()
}

fn properties(pointer: &str) -> Map<String, Value> {
    schema().pointer(pointer).and_then(Value::as_object).unwrap().clone()
}

fn names(object: &Map<String, Value>) -> BTreeSet<&str> {
    object.keys().map(String::as_str).collect()
}

#[test]
fn every_key_of_a_pool_stands_in_the_schema_with_its_rule_and_default() {
    let published = properties("/definitions/pool/properties");
    assert_eq!(names(&published), KEYS.iter().map(|key| key.name).collect());
    let defaults = settings_json(&PoolSettings::default());
    for key in &KEYS {
        let mut entry = published[key.name].clone();
        entry.as_object_mut().unwrap().remove("description");
        let mut expected = rule(&key.kind);
        expected["default"] = defaults[key.name].clone();
        assert_eq!(entry, expected, "{}", key.name);
    }
}

fn rule(kind: &Kind) -> Value {
    let or_infinity = |number: Value| json!({ "anyOf": [number, { "const": "Infinity" }] });
    match *kind {
        Kind::Count { least, bounded, .. } => {
            let number = json!({ "type": "integer", "minimum": least, "maximum": u32::MAX - 1 });
            if bounded { number } else { or_infinity(number) }
        }
        Kind::Time { zero: true, .. } | Kind::Interval { .. } => {
            or_infinity(json!({ "type": "number", "minimum": 0 }))
        }
        Kind::Time { zero: false, .. } | Kind::Memory { .. } => {
            or_infinity(json!({ "type": "number", "exclusiveMinimum": 0 }))
        }
        Kind::Message { .. } => {
            json!({ "type": "number", "exclusiveMinimum": 0, "maximum": MOST_MESSAGE_MB })
        }
        Kind::Flag { .. } => json!({ "type": "boolean" }),
        Kind::Sharing { .. } => json!({ "enum": SHARING.map(|(word, _)| word) }),
        Kind::Protocol { .. } => json!({ "enum": PROTOCOL.map(|(word, _)| word) }),
    }
}

#[test]
fn every_setting_of_a_file_stands_in_the_schema_with_its_rule() {
    let published = properties("/properties/procman/properties");
    assert_eq!(names(&published), SETTINGS.iter().map(|(name, _)| *name).collect());
    for (name, takes) in SETTINGS {
        let mut entry = published[name].clone();
        let fields = entry.as_object_mut().unwrap();
        fields.remove("description");
        fields.remove("default");
        assert_eq!(entry, rule_of(takes), "{name}");
    }
}

fn rule_of(takes: Takes) -> Value {
    let or_infinity = |number: Value| json!({ "anyOf": [number, { "const": "Infinity" }] });
    match takes {
        Takes::Whole { least, infinite } => {
            let number = json!({ "type": "integer", "minimum": least, "maximum": i32::MAX });
            if infinite { or_infinity(number) } else { number }
        }
        Takes::Time => or_infinity(json!({ "type": "number", "minimum": 0 })),
        Takes::Name => json!({ "type": "string", "minLength": 1 }),
    }
}

#[test]
fn every_field_of_an_entry_stands_in_the_schema_and_no_other() {
    let published = properties("/definitions/server/properties");
    let mut known: BTreeSet<&str> =
        parse_entry::URL.into_iter().chain(OTHER_FIELDS).chain(MCPORTER_FIELDS).collect();
    known.extend(login::TEXTS.iter().flatten().copied());
    assert_eq!(names(&published), known);
    let refresh = properties("/definitions/server/properties/refresh/properties");
    let mut known: BTreeSet<&str> = login::REFRESH.iter().flatten().copied().collect();
    known.extend(["refreshSkewSeconds", "refresh_skew_seconds"]);
    assert_eq!(names(&refresh), known);
}

#[test]
fn the_words_of_the_schema_are_those_of_the_readers() {
    let schema = schema();
    let words = |pointer: &str| schema.pointer(pointer).unwrap().clone();
    assert_eq!(words("/properties/imports/items/enum"), json!(ImportKind::ALL.map(ImportKind::name)));
    assert_eq!(words("/definitions/server/properties/httpFetch/enum"), json!(login::HTTP_FETCH));
    assert_eq!(
        words("/definitions/server/properties/protocolVersion/enum"),
        json!(PROTOCOL.map(|(word, _)| word))
    );
}
