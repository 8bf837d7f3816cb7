//! What the server asks of us: answered here, handed to the listener, or refused; and what it takes back.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Connection, compose};
use crate::mcp::reply::{RpcFault, ServerQuestion};
use crate::mcp::scan;
use crate::model::{Error, ErrorCode};

impl Connection {
    /// Answers a question of the server. `false`: it was answered, or the server took it back.
    pub fn answer(&self, question: u64, answer: Result<&[u8], RpcFault>) -> bool {
        let Some(id) = self.questions.take(question) else { return false };
        self.send(
            None,
            match answer {
                Ok(result) => compose::result(&id, result),
                Err(fault) => compose::fault(&id, &fault),
            },
        )
    }

    /// The 2026-07-28 protocol has no requests to clients but these; what a server wants to know is in its results.
    pub(super) fn handle_request(&self, method: &str, id: &[u8], params: &[u8]) {
        let frame = if method == "ping" {
            compose::pong(id)
        } else if self.is_modern() || !self.listener.answers(method) {
            compose::method_not_found(id, method)
        } else if let Some(number) = self.questions.enter(id) {
            return self.listener.question(ServerQuestion {
                number,
                method: method.to_owned(),
                params: params.to_vec(),
            });
        } else {
            let message = "too many questions wait for an answer".to_owned();
            compose::fault(id, &RpcFault { code: -32603, message, data: None })
        };
        // A server that asks without reading the answers loses them once the queue is full.
        self.send(None, frame);
    }

    /// The server takes a question back, or ends a request that was to stay open.
    pub(super) fn handle_cancelled(&self, params: &[u8]) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Cancelled<'a> {
            #[serde(borrow)]
            request_id: &'a RawValue,
        }
        let Ok(Cancelled { request_id }) = serde_json::from_slice::<Cancelled<'_>>(params) else { return };
        let id = request_id.get().as_bytes();
        if let Some(number) = self.questions.withdraw(id) {
            return self.listener.question_withdrawn(number);
        }
        if let Some(entry) = scan::parse_id(id).and_then(|id| self.pending.take_background(id)) {
            let what = format!("server '{}' ended the stream of its notifications", self.config.server);
            entry.sink.settle(Err(Error::new(ErrorCode::ServerProtocol, what)));
        }
    }
}
