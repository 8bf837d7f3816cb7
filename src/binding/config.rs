//! What JavaScript needs of the configuration: one server, which it may have to speak HTTP with, and settings.

use napi_derive::napi;

use super::error::{Outcome, outcome};
use super::process_engine::engine;
use crate::engine::HostContext;

/// The entry of a server with every placeholder filled in, as a JSON object. It holds secrets: never for a log or an error.
#[napi(catch_unwind)]
pub(crate) fn server_definition(host: String, name: String) -> Outcome<String> {
    let definition = engine().server_definition(&HostContext::decode(host.as_bytes()), &name);
    outcome(definition.map(|definition| definition.to_string()))
}

/// The settings of these names that the configuration files have, as a JSON object; `"Infinity"` stands for the number.
#[napi(catch_unwind)]
pub(crate) fn file_settings(host: String, names: Vec<String>) -> Outcome<String> {
    let settings = engine().file_settings(&HostContext::decode(host.as_bytes()), &names);
    outcome(settings.map(|settings| serde_json::Value::Object(settings).to_string()))
}
