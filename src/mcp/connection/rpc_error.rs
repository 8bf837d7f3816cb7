//! A JSON-RPC error of a server, as an error of ours. Pure.
//!
//! | code, 2026-07-28 only | means | becomes |
//! |---|---|---|
//! | -32021 | the tool needs something of the client that it did not offer | `ERR_INPUT_REQUIRED` |
//! | -32022 | the server speaks other versions | `ERR_SERVER_PROTOCOL` |
//! | any other | | `ERR_RPC` |

use serde_json::Value;

use crate::mcp::lossy;
use crate::model::{Error, ErrorCode};

const MISSING_CLIENT_CAPABILITY: i64 = -32021;
pub(crate) const UNSUPPORTED_PROTOCOL_VERSION: i64 = -32022;

/// How much of an error is quoted that is none of JSON-RPC, letters.
const QUOTED: usize = 200;

/// What a server said, as far as it can be told apart.
#[derive(Default)]
struct Fault {
    code: Value,
    message: Option<String>,
    data: Value,
}

/// Reads the raw `error`. Older servers use these codes for whatever they like.
pub(super) fn read(server: &str, raw: &[u8], modern: bool) -> Error {
    let raw = lossy::mend(raw);
    let Fault { code, message, data } = Fault::of(&raw);
    let said = message.as_deref().unwrap_or("no message");
    let error = match code.as_i64().filter(|_| modern) {
        Some(MISSING_CLIENT_CAPABILITY) => Error::new(
            ErrorCode::InputRequired,
            format!("server '{server}' needs to ask its caller something ({said}); pass onInputRequired"),
        )
        .detail("requiredCapabilities", data["requiredCapabilities"].clone()),
        Some(UNSUPPORTED_PROTOCOL_VERSION) => Error::new(
            ErrorCode::ServerProtocol,
            format!(
                "server '{server}' does not speak the version of this request: {said}; it speaks {}",
                data["supported"]
            ),
        ),
        _ => Error::new(ErrorCode::Rpc, in_words(server, &code, message.as_deref(), &raw)),
    };
    error.detail("rpcCode", code).detail("rpcMessage", said).detail("rpcData", data)
}

/// Whether the raw `error` is one where a result stands beside it.
pub(super) fn says_something(raw: &[u8]) -> bool {
    let Fault { code, message, .. } = Fault::of(&lossy::mend(raw));
    !code.is_null() || message.is_some_and(|message| !message.is_empty())
}

impl Fault {
    fn of(raw: &str) -> Self {
        let Some(fields) = lossy::fields(raw) else {
            return Self { message: serde_json::from_str(raw).ok(), ..Self::default() };
        };
        let value = |name: &str| fields.get(name).map(|raw| lossy::value(raw)).unwrap_or_default();
        Self {
            code: value("code"),
            message: fields.get("message").and_then(|raw| lossy::string(raw)),
            data: value("data"),
        }
    }
}

fn in_words(server: &str, code: &Value, message: Option<&str>, raw: &str) -> String {
    if let (false, Some(message)) = (code.is_null(), message) {
        return format!("server '{server}' answered with error {code}: {message}");
    }
    let cut = raw.char_indices().nth(QUOTED).map(|(at, _)| at);
    let quoted = cut.map_or_else(|| raw.to_owned(), |at| format!("{}…", &raw[..at]));
    format!("server '{server}' answered with an error that is none of JSON-RPC: {quoted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_2026_mean_something_in_its_protocol_only() {
        let missing = br#"{"code":-32021,"message":"m","data":{"requiredCapabilities":{"sampling":{}}}}"#;
        let error = read("s", missing, true);
        assert_eq!(error.code(), ErrorCode::InputRequired);
        assert!(error.details()["requiredCapabilities"]["sampling"].is_object());
        assert_eq!(read("s", missing, false).code(), ErrorCode::Rpc);
        let version = br#"{"code":-32022,"message":"m","data":{"supported":["2027-01-01"]}}"#;
        assert_eq!(read("s", version, true).code(), ErrorCode::ServerProtocol);
        assert!(read("s", version, true).message().contains("2027-01-01"));
        for other in ["{\"code\":-32020}", "{}", "null", "{\"code\":\"x\"}"] {
            assert_eq!(read("s", other.as_bytes(), true).code(), ErrorCode::Rpc, "{other}");
        }
    }
}
