//! An editor's entry in mcporter's own form. What mcporter would leave behind is left behind, so `cwd` and filters of tools are not taken over.

use serde_json::{Map, Value};

use super::super::login::HTTP_FETCH;

const URL: [&str; 5] = ["baseUrl", "base_url", "url", "serverUrl", "server_url"];

/// Texts that are taken over, by all their spellings; the first is mcporter's own.
const TEXTS: [&[&str]; 8] = [
    &["auth"],
    &["tokenCacheDir", "token_cache_dir", "token_cacheDir"],
    &["clientName", "client_name"],
    &["oauthClientId", "oauth_client_id"],
    &["oauthClientSecret", "oauth_client_secret"],
    &["oauthClientSecretEnv", "oauth_client_secret_env"],
    &["oauthTokenEndpointAuthMethod", "oauth_token_endpoint_auth_method"],
    &["httpFetch", "http_fetch"],
];

const REFRESH: [[&str; 2]; 5] = [
    ["tokenEndpoint", "token_endpoint"],
    ["clientIdEnv", "client_id_env"],
    ["clientSecretEnv", "client_secret_env"],
    ["clientAuthMethod", "client_auth_method"],
    ["accessTokenEnv", "access_token_env"],
];

/// `None`: it names neither a URL nor a command, or a way to fetch that nobody knows. Then a later container may have the name.
pub(super) fn convert(entry: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut converted = Map::new();
    let description = entry.get("description").filter(|value| value.is_string());
    take(&mut converted, "description", description.cloned());
    take(&mut converted, "env", entry.get("env").and_then(texts).map(Value::Object));
    take(&mut converted, "headers", headers(entry));
    for spellings in TEXTS {
        take(&mut converted, spellings[0], text(entry, spellings).map(Value::from));
    }
    take(&mut converted, "refresh", entry.get("refresh").and_then(refresh));
    take(&mut converted, "procman", entry.get("procman").filter(|value| value.is_object()).cloned());
    let url = text(entry, &URL).map(Value::from);
    let command = first(entry, &["command", "executable"]).filter(|value| is_command(value));
    let is_reachable = url.is_some() || command.is_some_and(|command| command != &Value::Array(Vec::new()));
    take(&mut converted, "baseUrl", url);
    take(&mut converted, "command", command.cloned());
    take(&mut converted, "args", entry.get("args").filter(|value| is_list_of_texts(value)).cloned());
    let fetch = converted.get("httpFetch").and_then(Value::as_str);
    (is_reachable && fetch.is_none_or(|fetch| HTTP_FETCH.contains(&fetch))).then_some(converted)
}

/// A null counts as absent, any other value as the answer.
fn first<'a>(entry: &'a Map<String, Value>, spellings: &[&str]) -> Option<&'a Value> {
    spellings.iter().filter_map(|name| entry.get(*name)).find(|value| !value.is_null())
}

/// A text that says something.
fn text<'a>(entry: &'a Map<String, Value>, spellings: &[&str]) -> Option<&'a str> {
    first(entry, spellings)?.as_str().filter(|text| !text.is_empty())
}

fn is_command(value: &Value) -> bool {
    value.is_string() || is_list_of_texts(value)
}

fn is_list_of_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

fn headers(entry: &Map<String, Value>) -> Option<Value> {
    let mut headers = entry.get("headers").and_then(texts).unwrap_or_default();
    if let Some(token) = text(entry, &["bearerToken", "bearer_token"]) {
        headers.insert("Authorization".to_owned(), format!("Bearer {token}").into());
    }
    if let Some(name) = text(entry, &["bearerTokenEnv", "bearer_token_env"]) {
        headers.insert("Authorization".to_owned(), format!("$env:{name}").into());
    }
    (!headers.is_empty()).then_some(Value::Object(headers))
}

fn refresh(value: &Value) -> Option<Value> {
    let written = value.as_object()?;
    let mut converted = Map::new();
    for spellings in &REFRESH {
        take(&mut converted, spellings[0], text(written, spellings).map(Value::from));
    }
    let skew = first(written, &["refreshSkewSeconds", "refresh_skew_seconds"]);
    let whole = |value: &&Value| value.as_f64().is_some_and(|skew| skew >= 0.0 && skew.fract() == 0.0);
    take(&mut converted, "refreshSkewSeconds", skew.filter(whole).cloned());
    (!converted.is_empty()).then_some(Value::Object(converted))
}

/// Texts by name; numbers and truth values as JavaScript writes them, all else left out.
fn texts(value: &Value) -> Option<Map<String, Value>> {
    let pairs: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    let written = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            number.as_f64().map(|number| ryu_js::Buffer::new().format(number).to_owned())
        }
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let texts: Map<_, _> =
        pairs.into_iter().filter_map(|(name, value)| Some((name, written(value)?.into()))).collect();
    (!texts.is_empty()).then_some(texts)
}

fn take(to: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    to.extend(value.map(|value| (name.to_owned(), value)));
}
