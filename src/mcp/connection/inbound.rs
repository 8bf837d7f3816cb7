//! What to do with a line from the server. Settles requests, hands the rest to the listener; reads nothing.

use std::sync::atomic::Ordering;

use super::{Connection, rpc_error};
use crate::mcp::framing::{Frame, TooLong};
use crate::mcp::reply::{Reply, RequestId};
use crate::mcp::scan::{self, Found, Key};
use crate::model::{Error, ErrorCode, Result};

impl Connection {
    pub(super) fn handle(&self, frame: Frame<'_>) {
        match frame {
            Frame::Short(line) => self.handle_line(line),
            Frame::Long(line) => self.handle_long(line),
            Frame::TooLong(line) => self.handle_too_long(&line),
        }
    }

    fn handle_line(&self, line: &[u8]) {
        match scan::scan(line) {
            Ok(found) => self.handle_message(line, &found),
            Err(_) if line.first() == Some(&b'[') => self.handle_batch(line),
            Err(_) if line.iter().all(|&byte| scan::is_space(byte)) => {}
            Err(_) => self.junk(line),
        }
    }

    /// A long answer keeps the buffer that it was read into.
    fn handle_long(&self, line: Vec<u8>) {
        match scan::scan(&line) {
            Ok(found) => match answer(&line, &found) {
                Some((id, Key::Result)) => {
                    if let Some(entry) = self.take_answered(id) {
                        let span = found.span(Key::Result).unwrap_or_default();
                        entry.sink.settle(self.accept(Reply::within(line, span)));
                    }
                }
                _ => self.handle_message(&line, &found),
            },
            Err(_) => self.handle_line(&line),
        }
    }

    /// The 2025-03-26 protocol lets a server answer several requests in one array.
    fn handle_batch(&self, line: &[u8]) {
        let Ok(spans) = scan::elements(line) else { return self.junk(line) };
        if spans.is_empty() {
            return self.junk(line);
        }
        for span in spans {
            let element = &line[span];
            match scan::scan(element) {
                Ok(found) => self.handle_message(element, &found),
                Err(_) => self.junk(element),
            }
        }
    }

    fn handle_message(&self, line: &[u8], found: &Found) {
        if let Some((id, key)) = answer(line, found) {
            self.handle_answer(line, found, id, key);
        } else if let Some(method) = found.span(Key::Method).and_then(|span| string(&line[span])) {
            let params = found.span(Key::Params).map_or(&[][..], |span| &line[span]);
            match found.span(Key::Id) {
                Some(id) => self.handle_request(&method, &line[id], params),
                None if method == "notifications/progress" => self.handle_progress(params),
                None if method == "notifications/cancelled" => self.handle_cancelled(params),
                None => self.listener.notification(&method, params),
            }
        } else if let Some(id) = found.own_id() {
            self.handle_empty_answer(id);
        } else {
            self.junk(line);
        }
    }

    fn handle_empty_answer(&self, id: RequestId) {
        let Some(entry) = self.take_answered(id) else { return };
        let what = format!(
            "server '{}' answered with neither result nor error; report it to its author",
            self.config.server
        );
        entry.sink.settle(Err(Error::new(ErrorCode::ServerProtocol, what)));
    }

    fn handle_answer(&self, line: &[u8], found: &Found, id: RequestId, key: Key) {
        let Some(entry) = self.take_answered(id) else { return };
        let raw = found.span(key).map_or(&[][..], |span| &line[span]);
        entry.sink.settle(match key {
            Key::Result => self.accept(Reply::copied(raw)),
            _ => Err(rpc_error::read(&self.config.server, raw, self.is_modern())),
        });
    }

    /// A result of the 2026-07-28 protocol says what it is.
    fn accept(&self, reply: Reply) -> Result<Reply> {
        if !self.is_modern() {
            return Ok(reply);
        }
        reply.typed().map_err(|unknown| {
            let what = format!(
                "server '{}' answered with a result of type {unknown}, which MCP 2026-07-28 does not have; report it to its author",
                self.config.server
            );
            Error::new(ErrorCode::ServerProtocol, what).detail("resultType", unknown)
        })
    }

    fn take_answered(&self, id: RequestId) -> Option<super::pending::Entry> {
        let entry = self.pending.take(id);
        if entry.is_some() {
            self.seen.answers.fetch_add(1, Ordering::Relaxed);
        } else {
            self.count_stray(id);
        }
        entry
    }

    fn handle_progress(&self, params: &[u8]) {
        let token = scan::scan(params).ok().and_then(|found| found.span(Key::ProgressToken));
        let id = token.and_then(|span| scan::parse_id(&params[span]));
        if let Some(sink) = id.and_then(|id| self.pending.progress_sink(id)) {
            sink.progress(params);
        }
    }

    fn handle_too_long(&self, line: &TooLong) {
        let Some(entry) = line.answers.and_then(|id| self.take_answered(id)) else {
            return self.diagnosis.lock().add_junk(format!("(a line of {} bytes)", line.bytes).as_bytes());
        };
        let cap = self.config.max_message_bytes;
        let error = Error::new(
            ErrorCode::CallTooLarge,
            format!(
                "server '{}' answered with {} bytes, more than the cap of {cap}; ask it for less, or raise maxMessageMB",
                self.config.server, line.bytes
            ),
        );
        entry.sink.settle(Err(error.detail("bytes", line.bytes).detail("cap", cap)));
    }

    fn junk(&self, line: &[u8]) {
        self.diagnosis.lock().add_junk(line);
    }
}

/// The request that a message answers, and whether with `result` or `error`. Where both stand, an error
/// that says something counts: `false` and `{}` are how some servers say that there was none.
fn answer(line: &[u8], found: &Found) -> Option<(RequestId, Key)> {
    if found.has(Key::Method) {
        return None;
    }
    let raw = |key| found.span(key).map(|span| &line[span]);
    let key = match (raw(Key::Result), raw(Key::Error)) {
        (Some(_), None | Some(b"null")) => Key::Result,
        (Some(result), Some(error)) if result != b"null" && !rpc_error::says_something(error) => Key::Result,
        _ => Key::Error,
    };
    found.has(key).then_some(key).and_then(|key| Some((found.own_id()?, key)))
}

fn string(raw: &[u8]) -> Option<String> {
    serde_json::from_slice(raw).ok()
}
