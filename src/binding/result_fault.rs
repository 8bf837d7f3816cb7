//! The error for a raw result that JavaScript found to be no JSON. Results that nobody renders are not read here: V8 parses them when they arrive.

use napi_derive::napi;

use super::error::ErrorData;
use crate::mcp::output::not_json;

/// The error for a result that begins like this.
#[napi(catch_unwind)]
pub(crate) fn result_fault(beginning: String) -> ErrorData {
    not_json(beginning.as_bytes()).into()
}
