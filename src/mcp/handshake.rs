//! What a server said of itself, and the beginning of a legacy connection: `initialize`, the version, `notifications/initialized`. Speaks
//! through a [`Connection`]; starts nothing.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::client::{ClientCapabilities, ClientInfo};
use super::connection::Connection;
use super::era::{Era, EraLesson};
use super::reply::{Reply, RequestOptions};
use crate::model::{Error, ErrorCode, Result};

/// The legacy versions that are spoken, newest first; the first is offered. Their `initialize` is the same.
pub const PROTOCOL_VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// The modern version that is spoken.
pub const MODERN_VERSION: &str = "2026-07-28";

/// What the server said of itself.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The version both sides speak from now on.
    pub protocol_version: String,
    pub(super) era: Era,
    pub(super) lesson: EraLesson,
    pub(super) reply: Reply,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerResult<'a> {
    protocol_version: Option<String>,
    #[serde(borrow)]
    capabilities: Option<&'a RawValue>,
    #[serde(borrow)]
    server_info: Option<&'a RawValue>,
    instructions: Option<String>,
    #[serde(borrow, rename = "_meta")]
    meta: Option<ServerMeta<'a>>,
}

#[derive(Deserialize)]
struct ServerMeta<'a> {
    #[serde(borrow, rename = "io.modelcontextprotocol/serverInfo")]
    server_info: Option<&'a RawValue>,
}

impl Handshake {
    /// The whole result of `initialize` or `server/discover`, raw JSON.
    #[must_use]
    pub fn result(&self) -> &[u8] {
        self.reply.result()
    }

    /// Which protocol is spoken.
    #[must_use]
    pub fn era(&self) -> Era {
        self.era
    }

    /// What to remember for the next start.
    #[must_use]
    pub fn lesson(&self) -> EraLesson {
        self.lesson
    }

    /// `capabilities`, raw JSON.
    #[must_use]
    pub fn capabilities(&self) -> Option<&str> {
        self.parsed().and_then(|result| result.capabilities).map(RawValue::get)
    }

    /// `serverInfo`, raw JSON.
    #[must_use]
    pub fn server_info(&self) -> Option<&str> {
        let result = self.parsed()?;
        result.server_info.or(result.meta.and_then(|meta| meta.server_info)).map(RawValue::get)
    }

    /// How the server wants its tools to be used.
    #[must_use]
    pub fn instructions(&self) -> Option<String> {
        self.parsed().and_then(|result| result.instructions)
    }

    fn parsed(&self) -> Option<ServerResult<'_>> {
        serde_json::from_slice(self.reply.result()).ok()
    }
}

/// Introduces both sides to each other.
///
/// # Errors
/// `ERR_SERVER_START` when the server exits, answers with an error, or says nothing for `timeout`: the message quotes its stderr and what it
/// printed instead of MCP. `ERR_SERVER_PROTOCOL` when it speaks another version or its answer is no result of `initialize`.
pub async fn initialize(
    connection: &Connection,
    client: &ClientInfo,
    capabilities: ClientCapabilities,
    timeout: Duration,
) -> Result<Handshake> {
    let reply = request_initialize(connection, client, capabilities, timeout).await;
    accept(connection, reply.map_err(|error| refused(connection, "initialize", &error))?)
}

/// Sends `initialize`; its failure comes back as the connection tells it.
pub(super) async fn request_initialize(
    connection: &Connection,
    client: &ClientInfo,
    capabilities: ClientCapabilities,
    timeout: Duration,
) -> Result<Reply> {
    let params = json!({
        "protocolVersion": PROTOCOL_VERSIONS[0],
        "capabilities": capabilities.to_json(),
        "clientInfo": client.to_json(),
    });
    ask(connection, "initialize", params.to_string().as_bytes(), timeout).await
}

/// One request of an opening, with a bound on its silence.
pub(super) async fn ask(
    connection: &Connection,
    method: &str,
    params: &[u8],
    timeout: Duration,
) -> Result<Reply> {
    let (sender, receiver) = oneshot::channel();
    let sink = Box::new(move |outcome: Result<Reply>| drop(sender.send(outcome)));
    let id = connection.request(method, params, RequestOptions::default(), sink);
    match tokio::time::timeout(timeout, receiver).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) | Err(_) => {
            let error = silent(connection, method, timeout);
            connection.cancel(id, "no answer", error.clone());
            Err(error)
        }
    }
}

/// Ends a legacy opening: the version is one of ours, and the server is told that we are ready.
pub(super) fn accept(connection: &Connection, reply: Reply) -> Result<Handshake> {
    let server = connection.server();
    let parsed = serde_json::from_slice::<ServerResult<'_>>(reply.result());
    let Some(version) = parsed.ok().and_then(|result| result.protocol_version) else {
        let what = format!(
            "server `{server}` answered initialize with no `protocolVersion`, so it is no MCP server; check its command{}",
            connection.quote()
        );
        return Err(Error::new(ErrorCode::ServerProtocol, what).detail("server", server));
    };
    if !PROTOCOL_VERSIONS.contains(&version.as_str()) {
        return Err(other_version(server, &version, &PROTOCOL_VERSIONS));
    }
    connection.notify("notifications/initialized", b"")?;
    Ok(Handshake { protocol_version: version, era: Era::Legacy, lesson: EraLesson::Legacy, reply })
}

pub(super) fn other_version(server: &str, theirs: &str, ours: &[&str]) -> Error {
    let what = format!(
        "server `{server}` speaks MCP {theirs}, this client speaks {}; install a version of the server that speaks one of them",
        ours.join(", ")
    );
    Error::new(ErrorCode::ServerProtocol, what)
        .detail("server", server)
        .detail("serverVersion", theirs)
        .detail("clientVersions", ours)
}

/// The server ended or said no before it was ready. What it said is in the message of the cause already, except for a polite no.
pub(super) fn refused(connection: &Connection, method: &str, cause: &Error) -> Error {
    if cause.code() == ErrorCode::ServerStart {
        return cause.clone();
    }
    let quote = if cause.code() == ErrorCode::Rpc { connection.quote() } else { String::new() };
    let what = format!("{} during {method}{quote}; run its command by hand to see why", cause.message());
    let error = Error::new(ErrorCode::ServerStart, what).detail("cause", cause.code().as_str());
    cause.details().iter().fold(error, |error, (key, value)| error.detail(key, value.clone()))
}

fn silent(connection: &Connection, method: &str, timeout: Duration) -> Error {
    let what = format!(
        "server `{}` did not answer {method} within {} ms{}; check that its command speaks MCP on stdout, or raise the timeout",
        connection.server(),
        timeout.as_millis(),
        connection.quote()
    );
    Error::new(ErrorCode::ServerStart, what)
        .detail("server", connection.server())
        .detail("stderr", connection.stderr_tail())
        .detail("stdout", connection.junk_tail())
}
