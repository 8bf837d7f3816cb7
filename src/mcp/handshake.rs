//! What a server said of itself, and the beginning of a legacy connection: `initialize`, the version, `notifications/initialized`. Speaks
//! through a [`Connection`]; starts nothing.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::client::{ClientCapabilities, ClientInfo};
use super::connection::Connection;
use super::era::{Era, EraLesson};
use super::lossy::{self, Fields};
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

/// Where a modern server says who it is.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

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
        self.fields().get("capabilities").map(|raw| raw.get())
    }

    /// `serverInfo`, raw JSON.
    #[must_use]
    pub fn server_info(&self) -> Option<&str> {
        let fields = self.fields();
        let in_meta = || lossy::fields(fields.get("_meta")?.get())?.get(SERVER_INFO).copied();
        fields.get("serverInfo").copied().or_else(in_meta).map(RawValue::get)
    }

    /// How the server wants its tools to be used.
    #[must_use]
    pub fn instructions(&self) -> Option<String> {
        self.fields().get("instructions").and_then(|raw| lossy::string(raw))
    }

    fn fields(&self) -> Fields<'_> {
        std::str::from_utf8(self.reply.result()).ok().and_then(lossy::fields).unwrap_or_default()
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
    let reply = readable(reply);
    let fields = std::str::from_utf8(reply.result()).ok().and_then(lossy::fields).unwrap_or_default();
    let Some(version) = fields.get("protocolVersion").and_then(|raw| lossy::string(raw)) else {
        let what = format!(
            "server '{server}' answered initialize with no `protocolVersion`, so it is no MCP server; check its command{}",
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

/// What a server says of itself as text that can be read: one cut letter in it must not cost the server.
pub(super) fn readable(reply: Reply) -> Reply {
    match lossy::mend(reply.result()) {
        Cow::Owned(mended) => Reply::copied(mended.as_bytes()),
        Cow::Borrowed(_) => reply,
    }
}

pub(super) fn other_version(server: &str, theirs: &str, ours: &[&str]) -> Error {
    let what = format!(
        "server '{server}' speaks MCP {theirs}, this client speaks {}; install a version of the server that speaks one of them",
        ours.join(", ")
    );
    Error::new(ErrorCode::ServerProtocol, what)
        .detail("server", server)
        .detail("serverVersion", theirs)
        .detail("clientVersions", ours)
}

/// The server ended or said no before it was ready.
pub(super) fn refused(connection: &Connection, method: &str, cause: &Error) -> Error {
    if cause.code() == ErrorCode::ServerStart {
        return cause.clone();
    }
    let quote = connection.quote();
    // The message of an ending has the quote already; here it goes behind the next step, as its end cannot be told from ours.
    let said = cause.message().strip_suffix(&*quote).unwrap_or(cause.message());
    let what = format!("{said} during {method}; run its command by hand to see why{quote}");
    let error = Error::new(ErrorCode::ServerStart, what).detail("cause", cause.code().as_str());
    cause.details().iter().fold(error, |error, (key, value)| error.detail(key, value.clone()))
}

fn silent(connection: &Connection, method: &str, timeout: Duration) -> Error {
    let what = format!(
        "server '{}' did not answer {method} within {} ms; check that its command speaks MCP on stdout, or raise the timeout{}",
        connection.server(),
        timeout.as_millis(),
        connection.quote()
    );
    Error::new(ErrorCode::ServerStart, what)
        .detail("server", connection.server())
        .detail("stderr", connection.stderr_tail())
        .detail("stdout", connection.junk_tail())
}
