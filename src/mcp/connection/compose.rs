//! JSON-RPC frames as bytes, one line each. Pure.

use std::sync::Arc;

use super::message::Message;
use crate::mcp::params::{Params, push_tool_head};
use crate::mcp::reply::{RequestId, RpcFault};
use crate::mcp::request_meta::Additions;
use crate::model::{Error, ErrorCode, Result};

/// From here on arguments are written from where they lie: fresh memory for a copy costs more than the copy.
const LONG: usize = 32 * 1024;

/// Enough for a small request, so that its frame is allocated once.
const SMALL: usize = 256;

/// A request with our id and what its `_meta` needs.
pub(super) fn request(
    id: RequestId,
    method: &str,
    params: Params<'_>,
    meta: &Additions<'_>,
) -> Result<Message> {
    let mut frame = Vec::with_capacity(SMALL);
    frame.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    push_number(&mut frame, id);
    push_method(&mut frame, method)?;
    match meta.apply(params)? {
        Params::Raw(params) => push_params(&mut frame, &params),
        Params::Tool { name, arguments } => {
            frame.extend_from_slice(b",\"params\":");
            push_tool_head(&mut frame, name);
            if arguments.len() >= LONG && is_one_line(arguments) {
                return Ok(Message::around(frame, Arc::clone(arguments), b"}}\n"));
            }
            push_one_line(&mut frame, arguments);
            frame.push(b'}');
        }
    }
    frame.extend_from_slice(b"}\n");
    Ok(frame.into())
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

/// Our answer to a question of the server; `result` is raw JSON.
pub(super) fn result(id: &[u8], result: &[u8]) -> Vec<u8> {
    let mut frame = [b"{\"jsonrpc\":\"2.0\",\"id\":", id, b",\"result\":"].concat();
    push_one_line(&mut frame, result);
    frame.extend_from_slice(b"}\n");
    frame
}

/// The same, where we have none.
pub(super) fn fault(id: &[u8], fault: &RpcFault) -> Vec<u8> {
    let error = serde_json::to_vec(fault).unwrap_or_default();
    let mut frame = [b"{\"jsonrpc\":\"2.0\",\"id\":", id, b",\"error\":"].concat();
    push_one_line(&mut frame, &error);
    frame.extend_from_slice(b"}\n");
    frame
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

fn push_params(frame: &mut Vec<u8>, params: &[u8]) {
    if !params.is_empty() {
        frame.extend_from_slice(b",\"params\":");
        push_one_line(frame, params);
    }
}

/// A line break inside JSON is white space only, yet it would end the frame.
fn push_one_line(frame: &mut Vec<u8>, json: &[u8]) {
    let start = frame.len();
    frame.extend_from_slice(json);
    if !is_one_line(json) {
        frame[start..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
}

fn is_one_line(json: &[u8]) -> bool {
    memchr::memchr2(b'\n', b'\r', json).is_none()
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

    fn bytes(frame: impl Into<Message>) -> Vec<u8> {
        let message = frame.into();
        let mut slices = Vec::new();
        message.push_rest(0, usize::MAX, &mut slices);
        slices.iter().flat_map(|slice| slice.to_vec()).collect()
    }

    fn text(frame: impl Into<Message>) -> String {
        String::from_utf8(bytes(frame)).unwrap()
    }

    #[test]
    fn long_arguments_stay_where_they_lie_and_the_frame_is_the_same() {
        for length in [LONG - 12, LONG * 3] {
            let arguments = Arc::new(format!("{{\"text\":\"{}\"}}", "x".repeat(length)).into_bytes());
            let params = Params::Tool { name: "echo", arguments: &arguments };
            let raw = Params::from(params.to_raw().into_owned());
            let whole = text(request(7, "tools/call", raw, &Additions::default()).unwrap());
            let message = request(7, "tools/call", params, &Additions::default()).unwrap();
            assert_eq!(Arc::strong_count(&arguments), if arguments.len() < LONG { 1 } else { 2 });
            assert_eq!(text(message), whole);
        }
    }

    #[test]
    fn a_line_break_in_long_arguments_does_not_end_the_frame() {
        let arguments = Arc::new(format!("{{\n\"text\":\"{}\"}}", "x".repeat(LONG)).into_bytes());
        let params = Params::Tool { name: "echo", arguments: &arguments };
        let frame = bytes(request(7, "tools/call", params, &Additions::default()).unwrap());
        assert_eq!(memchr::memchr(b'\n', &frame), Some(frame.len() - 1));
    }

    #[test]
    fn a_line_break_in_params_does_not_end_the_frame() {
        let frame =
            text(request(7, "tools/call", b"{\n \"a\": \"\\n\"\r\n}".into(), &Additions::default()).unwrap());
        assert_eq!(
            frame,
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{  \"a\": \"\\n\"  }}\n"
        );
    }

    #[test]
    fn every_frame_is_one_line_of_json() {
        for frame in [
            bytes(request(u64::MAX, "a/b", b"".into(), &Additions::default()).unwrap()),
            notification("notifications/initialized", b"").unwrap(),
            cancelled(3, "line\nbreak \"quoted\""),
            pong(b"\"srv-1\""),
            method_not_found(b"1", "roots/list\n\""),
            result(b"1", b"{\n\"a\": 1\r\n}"),
            fault(b"1", &RpcFault { code: -1, message: "two\nlines".to_owned(), data: None }),
        ] {
            assert_eq!(frame.iter().filter(|&&byte| byte == b'\n').count(), 1);
            assert!(serde_json::from_slice::<serde_json::Value>(&frame).is_ok());
        }
        assert!(request(1, "a\"b", b"".into(), &Additions::default()).is_err());
    }
}
