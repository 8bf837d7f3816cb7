//! JSON-RPC frames as bytes, one line each. Pure.

use serde_json::Map;

use crate::mcp::reply::RequestId;
use crate::mcp::scan::{self, Key};
use crate::model::{Error, ErrorCode, Result};

/// A request with our id and, where progress is wanted, our token. `params` is a raw JSON object.
pub(super) fn request(id: RequestId, method: &str, params: &[u8], progress: bool) -> Result<Vec<u8>> {
    let mut frame = Vec::with_capacity(params.len() + method.len() + 96);
    frame.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    push_number(&mut frame, id);
    push_method(&mut frame, method)?;
    if progress {
        push_params(&mut frame, &with_progress_token(params, id)?);
    } else {
        push_params(&mut frame, params);
    }
    frame.extend_from_slice(b"}\n");
    Ok(frame)
}

/// A notification; empty `params` are left out.
pub(super) fn notification(method: &str, params: &[u8]) -> Result<Vec<u8>> {
    let mut frame = Vec::with_capacity(params.len() + method.len() + 64);
    frame.extend_from_slice(b"{\"jsonrpc\":\"2.0\"");
    push_method(&mut frame, method)?;
    push_params(&mut frame, params);
    frame.extend_from_slice(b"}\n");
    Ok(frame)
}

/// `notifications/cancelled` for a request of ours.
pub(super) fn cancelled(id: RequestId, reason: &str) -> Vec<u8> {
    let params = serde_json::json!({ "requestId": id, "reason": reason }).to_string();
    format!("{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{params}}}\n")
        .into_bytes()
}

/// The answer to a server's ping; `id` is raw, as the server wrote it.
pub(super) fn pong(id: &[u8]) -> Vec<u8> {
    [b"{\"jsonrpc\":\"2.0\",\"id\":", id, b",\"result\":{}}\n"].concat()
}

/// The answer to a server's request for something that this client did not declare.
pub(super) fn method_not_found(id: &[u8], method: &str) -> Vec<u8> {
    let message = serde_json::Value::from(format!("this client does not answer {method}")).to_string();
    let error = [b",\"error\":{\"code\":-32601,\"message\":", message.as_bytes(), b"}}\n"].concat();
    [b"{\"jsonrpc\":\"2.0\",\"id\":", id, &error].concat()
}

fn push_method(frame: &mut Vec<u8>, method: &str) -> Result<()> {
    // Escaping would be possible; a method that needs it is a mistake of the caller.
    if method.is_empty() || method.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        return Err(Error::new(
            ErrorCode::InvalidArgument,
            format!(
                "method {method:?} cannot be sent: a method is not empty and has no quotes, backslashes or control \
                 characters; pass a name such as \"tools/call\""
            ),
        ));
    }
    frame.extend_from_slice(b",\"method\":\"");
    frame.extend_from_slice(method.as_bytes());
    frame.push(b'"');
    Ok(())
}

/// A line break inside JSON is white space only, yet it would end the frame.
fn push_params(frame: &mut Vec<u8>, params: &[u8]) {
    if params.is_empty() {
        return;
    }
    frame.extend_from_slice(b",\"params\":");
    let start = frame.len();
    frame.extend_from_slice(params);
    if memchr::memchr2(b'\n', b'\r', params).is_some() {
        frame[start..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
}

fn with_progress_token(params: &[u8], id: RequestId) -> Result<Vec<u8>> {
    let token = format!("{{\"progressToken\":{id}}}");
    if params.is_empty() {
        return Ok(format!("{{\"_meta\":{token}}}").into_bytes());
    }
    let found = scan::scan(params).map_err(|_| params_refused(params))?;
    let Some(meta) = found.span(Key::Meta) else {
        return Ok(insert_first(params, "_meta", &token));
    };
    let mut fields: Map<String, serde_json::Value> =
        serde_json::from_slice(&params[meta.clone()]).map_err(|_| params_refused(params))?;
    fields.insert("progressToken".to_owned(), id.into());
    let meta_with_token = serde_json::Value::Object(fields).to_string();
    Ok([&params[..meta.start], meta_with_token.as_bytes(), &params[meta.end..]].concat())
}

fn insert_first(object: &[u8], key: &str, value: &str) -> Vec<u8> {
    let brace = object.iter().position(|&byte| byte == b'{').unwrap_or(0) + 1;
    let rest = &object[brace..];
    let empty = rest.iter().find(|&&byte| !scan::is_space(byte)) == Some(&b'}');
    let comma = if empty { "" } else { "," };
    [&object[..brace], format!("\"{key}\":{value}{comma}").as_bytes(), rest].concat()
}

fn params_refused(params: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(&params[..params.len().min(80)]).into_owned();
    Error::new(
        ErrorCode::InvalidArgument,
        format!("params {shown} are not a JSON object with an object as `_meta`; pass an object"),
    )
}

fn push_number(frame: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    frame.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(frame: Vec<u8>) -> String {
        String::from_utf8(frame).unwrap()
    }

    #[test]
    fn a_line_break_in_params_does_not_end_the_frame() {
        let frame = text(request(7, "tools/call", b"{\n \"a\": \"\\n\"\r\n}", false).unwrap());
        assert_eq!(
            frame,
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{  \"a\": \"\\n\"  }}\n"
        );
    }

    #[test]
    fn the_progress_token_is_ours_and_other_meta_stays() {
        let tokens = [
            ("", r#"{"_meta":{"progressToken":9}}"#),
            ("{}", r#"{"_meta":{"progressToken":9}}"#),
            (r#"{"a":1}"#, r#"{"_meta":{"progressToken":9},"a":1}"#),
            (
                r#"{"a":1,"_meta":{"progressToken":"x","traceparent":"t"}}"#,
                r#"{"a":1,"_meta":{"progressToken":9,"traceparent":"t"}}"#,
            ),
        ];
        for (params, expected) in tokens {
            assert_eq!(text(with_progress_token(params.as_bytes(), 9).unwrap()), expected);
        }
        assert!(with_progress_token(b"[1]", 9).is_err());
        assert!(with_progress_token(br#"{"_meta":1}"#, 9).is_err());
    }

    #[test]
    fn every_frame_is_one_line_of_json() {
        for frame in [
            request(u64::MAX, "a/b", b"", false).unwrap(),
            notification("notifications/initialized", b"").unwrap(),
            cancelled(3, "line\nbreak \"quoted\""),
            pong(b"\"srv-1\""),
            method_not_found(b"1", "roots/list\n\""),
        ] {
            assert_eq!(frame.iter().filter(|&&byte| byte == b'\n').count(), 1);
            assert!(serde_json::from_slice::<serde_json::Value>(&frame).is_ok());
        }
        assert!(request(1, "a\"b", b"", false).is_err());
    }
}
