//! The beginning of a connection: `initialize`, the version, `notifications/initialized`. Speaks through a [`Connection`]; starts nothing.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::connection::Connection;
use super::reply::{Reply, RequestOptions};
use crate::model::{Error, ErrorCode, Result};

/// The versions that are spoken, newest first; the first is offered. Their `initialize` is the same.
pub const PROTOCOL_VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Who we say we are.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// Name of the client.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What the server said of itself.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The version both sides speak from now on.
    pub protocol_version: String,
    reply: Reply,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InitializeResult<'a> {
    protocol_version: String,
    #[serde(borrow)]
    capabilities: Option<&'a RawValue>,
    #[serde(borrow)]
    server_info: Option<&'a RawValue>,
    instructions: Option<String>,
}

impl Handshake {
    /// The whole result of `initialize`, raw JSON.
    #[must_use]
    pub fn result(&self) -> &[u8] {
        self.reply.result()
    }

    /// `capabilities`, raw JSON.
    #[must_use]
    pub fn capabilities(&self) -> Option<&str> {
        self.parsed().and_then(|result| result.capabilities).map(RawValue::get)
    }

    /// `serverInfo`, raw JSON.
    #[must_use]
    pub fn server_info(&self) -> Option<&str> {
        self.parsed().and_then(|result| result.server_info).map(RawValue::get)
    }

    /// How the server wants its tools to be used.
    #[must_use]
    pub fn instructions(&self) -> Option<String> {
        self.parsed().and_then(|result| result.instructions)
    }

    fn parsed(&self) -> Option<InitializeResult<'_>> {
        serde_json::from_slice(self.reply.result()).ok()
    }
}

/// Introduces both sides to each other. No capability is declared: a shared server could not tell whom its questions are for.
///
/// # Errors
/// `ERR_SERVER_START` when the server exits, answers with an error, or says nothing for `timeout`: the message quotes its stderr and what it
/// printed instead of MCP. `ERR_SERVER_PROTOCOL` when it speaks another version or its answer is no result of `initialize`.
pub async fn initialize(
    connection: &Connection,
    client: &ClientInfo,
    timeout: Duration,
) -> Result<Handshake> {
    let params = json!({
        "protocolVersion": PROTOCOL_VERSIONS[0],
        "capabilities": {},
        "clientInfo": { "name": client.name, "version": client.version },
    });
    let (sender, receiver) = oneshot::channel();
    let sink = Box::new(move |outcome: Result<Reply>| drop(sender.send(outcome)));
    let id = connection.request("initialize", params.to_string().as_bytes(), RequestOptions::default(), sink);
    let outcome = match tokio::time::timeout(timeout, receiver).await {
        Ok(Ok(outcome)) => outcome.map_err(|error| refused(connection, &error)),
        Ok(Err(_)) | Err(_) => {
            let error = silent(connection, timeout);
            connection.cancel(id, "no answer", error.clone());
            Err(error)
        }
    };
    let handshake = accept(connection, outcome?)?;
    connection.notify("notifications/initialized", b"")?;
    Ok(handshake)
}

fn accept(connection: &Connection, reply: Reply) -> Result<Handshake> {
    let server = connection.server();
    let parsed =
        serde_json::from_slice::<InitializeResult<'_>>(reply.result()).map(|result| result.protocol_version);
    let Ok(version) = parsed else {
        let what = format!(
            "server `{server}` answered initialize with no `protocolVersion`, so it is no MCP server; check its command{}",
            connection.quote()
        );
        return Err(Error::new(ErrorCode::ServerProtocol, what).detail("server", server));
    };
    if !PROTOCOL_VERSIONS.contains(&version.as_str()) {
        let ours = PROTOCOL_VERSIONS.join(", ");
        let what = format!(
            "server `{server}` speaks MCP {version}, this client speaks {ours}; install a version of the server that speaks one of them"
        );
        return Err(Error::new(ErrorCode::ServerProtocol, what)
            .detail("server", server)
            .detail("serverVersion", version)
            .detail("clientVersions", PROTOCOL_VERSIONS.to_vec()));
    }
    Ok(Handshake { protocol_version: version, reply })
}

/// The server ended or said no before it was ready. What it said is in the message of the cause already, except for a polite no.
fn refused(connection: &Connection, cause: &Error) -> Error {
    let quote = if cause.code() == ErrorCode::Rpc { connection.quote() } else { String::new() };
    let what = format!("{} during initialize{quote}; run its command by hand to see why", cause.message());
    let error = Error::new(ErrorCode::ServerStart, what).detail("cause", cause.code().as_str());
    cause.details().iter().fold(error, |error, (key, value)| error.detail(key, value.clone()))
}

fn silent(connection: &Connection, timeout: Duration) -> Error {
    let what = format!(
        "server `{}` did not answer initialize within {} ms{}; check that its command speaks MCP on stdout, or raise the timeout",
        connection.server(),
        timeout.as_millis(),
        connection.quote()
    );
    Error::new(ErrorCode::ServerStart, what)
        .detail("server", connection.server())
        .detail("stderr", connection.stderr_tail())
        .detail("stdout", connection.junk_tail())
}
