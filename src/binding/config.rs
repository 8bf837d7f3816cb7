//! One configured server for JavaScript, which speaks HTTP itself.

use napi_derive::napi;

use super::error::{Outcome, outcome};
use super::process_engine::engine;
use crate::engine::HostContext;

/// The entry of a server with every placeholder filled in, as a JSON object. It holds secrets: never for a log or an error.
#[napi(catch_unwind)]
pub(crate) fn server_definition(host: String, name: String) -> Outcome<String> {
    let definition = engine().server_definition(HostContext::decode(host.as_bytes()), &name);
    outcome(definition.map(|definition| definition.to_string()))
}
