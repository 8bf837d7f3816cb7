//! Errors on their way to JavaScript: tagged data, never an exception of N-API's own.

use napi::Either;
use napi_derive::napi;

use crate::model;

/// What marks a value as an error. `lib/api/errors.js` knows the same string.
const TAG: &str = "procman.error";

/// A [`model::Error`] as `lib/api/errors.js` turns it into a `ProcmanError`.
#[napi(object, object_from_js = false)]
pub(crate) struct ErrorData {
    /// Always `procman.error`.
    pub tag: &'static str,
    /// A code of `docs/errors.md`.
    pub code: &'static str,
    /// What happened, to what, and what to do next.
    pub message: String,
    /// A JSON object; parsed only when somebody asks.
    pub details: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

impl From<model::Error> for ErrorData {
    fn from(error: model::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&model::Error> for ErrorData {
    fn from(error: &model::Error) -> Self {
        Self {
            tag: TAG,
            code: error.code().as_str(),
            message: error.message().to_owned(),
            details: details_json(error),
            retryable: error.is_retryable(),
        }
    }
}

/// The answer of an exported function that can fail; JavaScript passes it through `unwrap`.
pub(crate) type Outcome<T> = Either<T, ErrorData>;

/// Splits a result into what JavaScript gets.
pub(super) fn outcome<T>(result: model::Result<T>) -> Outcome<T> {
    match result {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(error.into()),
    }
}

/// The details as JSON text, which crosses the boundary in one call whatever its depth.
fn details_json(error: &model::Error) -> String {
    serde_json::to_string(error.details()).unwrap_or_else(|_| "{}".to_owned())
}
