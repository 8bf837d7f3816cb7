//! A JSON-RPC error of a server, as an error of ours. Pure.
//!
//! | code, 2026-07-28 only | means | becomes |
//! |---|---|---|
//! | -32021 | the tool needs something of the client that it did not offer | `ERR_INPUT_REQUIRED` |
//! | -32022 | the server speaks other versions | `ERR_SERVER_PROTOCOL` |
//! | any other | | `ERR_RPC` |

use serde_json::Value;

use crate::model::{Error, ErrorCode};

const MISSING_CLIENT_CAPABILITY: i64 = -32021;
pub(crate) const UNSUPPORTED_PROTOCOL_VERSION: i64 = -32022;

/// Reads the raw `error`. Older servers use these codes for whatever they like.
pub(super) fn read(server: &str, raw: &[u8], modern: bool) -> Error {
    let fault: Value = serde_json::from_slice(raw).unwrap_or_default();
    let code = fault.get("code").cloned().unwrap_or_default();
    let message = fault.get("message").and_then(Value::as_str).unwrap_or("no message").to_owned();
    let error = match code.as_i64().filter(|_| modern) {
        Some(MISSING_CLIENT_CAPABILITY) => Error::new(
            ErrorCode::InputRequired,
            format!("server `{server}` needs to ask its caller something ({message}); pass onInputRequired"),
        )
        .detail("requiredCapabilities", fault["data"]["requiredCapabilities"].clone()),
        Some(UNSUPPORTED_PROTOCOL_VERSION) => Error::new(
            ErrorCode::ServerProtocol,
            format!(
                "server `{server}` does not speak the version of this request: {message}; it speaks {}",
                fault["data"]["supported"]
            ),
        ),
        _ => Error::new(ErrorCode::Rpc, format!("server `{server}` answered with error {code}: {message}")),
    };
    error
        .detail("rpcCode", code)
        .detail("rpcMessage", message)
        .detail("rpcData", fault.get("data").cloned().unwrap_or_default())
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
