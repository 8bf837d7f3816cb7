//! The `_meta` of a request: what the 2026-07-28 protocol wants in each one, and the progress token. Pure.
//!
//! | key | whose |
//! |---|---|
//! | `progressToken` | ours: it must be unique on the connection |
//! | `…/protocolVersion` | ours: it is a property of the connection |
//! | `…/clientInfo`, `…/clientCapabilities`, `…/logLevel` | the caller's where it gave one, else ours |
//! | any other | the caller's, byte for byte |

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};

use super::client::{ClientCapabilities, ClientInfo};
use super::log_level::LogLevel;
use super::params::Params;
use super::reply::RequestId;
use super::scan::{self, Key};
use crate::model::{Error, ErrorCode, Result};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// Values that are the same for every request of a connection, raw JSON.
#[derive(Debug, Clone)]
pub(crate) struct RequestMeta {
    version: String,
    client_info: String,
    capabilities: String,
    capabilities_with_input: String,
}

/// What one request adds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Additions<'a> {
    /// Where the connection speaks the 2026-07-28 protocol.
    pub(crate) meta: Option<&'a RequestMeta>,
    pub(crate) takes_input: bool,
    pub(crate) log_level: Option<LogLevel>,
    pub(crate) progress: Option<RequestId>,
}

impl RequestMeta {
    pub(crate) fn new(version: &str, client: &ClientInfo, capabilities: ClientCapabilities) -> Self {
        // A holder with handlers has named what it answers; one that takes whole rounds answers anything.
        let with_input =
            if capabilities == ClientCapabilities::none() { ClientCapabilities::all() } else { capabilities };
        Self {
            version: serde_json::Value::from(version).to_string(),
            client_info: client.to_json().to_string(),
            capabilities: capabilities.to_json().to_string(),
            capabilities_with_input: with_input.to_json().to_string(),
        }
    }
}

impl Additions<'_> {
    /// `params` with what is to be added.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for params that are no object, or whose `_meta` is none.
    pub(crate) fn apply<'p>(&self, params: Params<'p>) -> Result<Params<'p>> {
        if self.meta.is_none() && self.progress.is_none() {
            return Ok(params);
        }
        if params.is_empty() {
            return Ok(format!("{{\"_meta\":{{{}}}}}", self.members()).into_bytes().into());
        }
        self.added(&params.to_raw()).map(Into::into)
    }

    fn added(&self, params: &[u8]) -> Result<Vec<u8>> {
        let found = scan::scan(params).map_err(|_| params_refused(params))?;
        let Some(span) = found.span(Key::Meta) else {
            return Ok(insert_first(params, &format!("\"_meta\":{{{}}}", self.members())));
        };
        let merged = self.merged(&params[span.clone()]).ok_or_else(|| params_refused(params))?;
        Ok([&params[..span.start], merged.as_bytes(), &params[span.end..]].concat())
    }

    /// The members of a `_meta` that is all ours; written by hand, as nearly every request has no other.
    fn members(&self) -> String {
        let mut members = Vec::with_capacity(5);
        self.for_each(|key, value, _| members.push(format!("\"{key}\":{value}")));
        members.join(",")
    }

    fn merged(&self, given: &[u8]) -> Option<String> {
        let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(given).ok()?;
        self.for_each(|key, value, ours| {
            let raw = || RawValue::from_string(value.to_owned()).unwrap_or_default();
            if ours {
                members.insert(key.to_owned(), raw());
            } else {
                members.entry(key.to_owned()).or_insert_with(raw);
            }
        });
        to_raw_value(&members).ok().map(|raw| raw.get().to_owned())
    }

    /// Key, raw value, and whether the caller's own must give way.
    fn for_each(&self, mut add: impl FnMut(&str, &str, bool)) {
        if let Some(token) = self.progress {
            add("progressToken", &token.to_string(), true);
        }
        let Some(meta) = self.meta else { return };
        add(VERSION, &meta.version, true);
        add(CLIENT_INFO, &meta.client_info, false);
        let capabilities = if self.takes_input { &meta.capabilities_with_input } else { &meta.capabilities };
        add(CAPABILITIES, capabilities, false);
        if let Some(level) = self.log_level {
            add(LOG_LEVEL, &format!("\"{}\"", level.as_str()), false);
        }
    }
}

/// Puts `members` (without braces) in front of those of a raw object.
pub(crate) fn insert_first(object: &[u8], members: &str) -> Vec<u8> {
    let brace = object.iter().position(|&byte| byte == b'{').unwrap_or(0) + 1;
    let rest = &object[brace..];
    let empty = rest.iter().find(|&&byte| !scan::is_space(byte)) == Some(&b'}');
    let comma: &[u8] = if empty { b"" } else { b"," };
    [&object[..brace], members.as_bytes(), comma, rest].concat()
}

fn params_refused(params: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(&params[..params.len().min(80)]).into_owned();
    Error::new(
        ErrorCode::InvalidArgument,
        format!("params {shown} are not a JSON object with an object as `_meta`; pass an object"),
    )
}

#[cfg(test)]
#[path = "request_meta_tests.rs"]
mod tests;
