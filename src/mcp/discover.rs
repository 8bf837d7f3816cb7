//! The beginning of a modern connection: `server/discover`, which tells whether the server is one. Speaks through a [`Connection`].

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::client::{ClientCapabilities, ClientInfo};
use super::connection::{Connection, UNSUPPORTED_PROTOCOL_VERSION};
use super::era::{Era, EraLesson};
use super::handshake::{Handshake, MODERN_VERSION, ask, other_version, readable};
use super::reply::Reply;
use super::request_meta::{Additions, RequestMeta};
use crate::model::{Error, ErrorCode, Result};

/// What came of the question.
#[derive(Debug)]
pub(super) enum Discovered {
    /// A modern server; the connection speaks its protocol from now on.
    Modern(Handshake),
    /// It answered, or was silent, and lives: no modern server. The error is for those who insist.
    NotModern(Error),
    /// It ended.
    Gone(Error),
    /// A modern server of versions that are not ours.
    OtherVersion(Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DiscoverResult {
    supported_versions: Vec<String>,
}

/// Asks. Whatever a server answers that is no result of `server/discover` makes it a legacy server.
pub(super) async fn discover(
    connection: &Connection,
    client: &ClientInfo,
    capabilities: ClientCapabilities,
    timeout: Duration,
) -> Result<Discovered> {
    let meta = RequestMeta::new(MODERN_VERSION, client, capabilities);
    let params = Additions { meta: Some(&meta), ..Additions::default() }.apply(b"".into())?;
    let outcome = ask(connection, "server/discover", &params.to_raw(), timeout).await;
    Ok(match outcome.map(|reply| accept(connection, reply)) {
        Ok(Discovered::Modern(handshake)) => {
            connection.speak_modern(meta);
            Discovered::Modern(handshake)
        }
        Ok(other) => other,
        Err(error) if error.code() == ErrorCode::Rpc => refused(connection, error),
        Err(error) if error.code() == ErrorCode::ServerStart => Discovered::NotModern(error),
        Err(error) => Discovered::Gone(error),
    })
}

fn accept(connection: &Connection, reply: Reply) -> Discovered {
    let server = connection.server();
    let reply = readable(reply);
    let Ok(DiscoverResult { supported_versions }) = serde_json::from_slice(reply.result()) else {
        let what =
            format!("server '{server}' answered server/discover with something else; it is a legacy server");
        return Discovered::NotModern(Error::new(ErrorCode::ServerProtocol, what).detail("server", server));
    };
    if supported_versions.iter().any(|version| version == MODERN_VERSION) {
        let protocol_version = MODERN_VERSION.to_owned();
        return Discovered::Modern(Handshake {
            protocol_version,
            era: Era::Modern,
            lesson: EraLesson::Modern,
            reply,
        });
    }
    unsupported(server, &supported_versions)
}

/// An error of the modern protocol still names a modern server.
fn refused(connection: &Connection, error: Error) -> Discovered {
    if error.details().get("rpcCode").and_then(Value::as_i64) != Some(UNSUPPORTED_PROTOCOL_VERSION) {
        return Discovered::NotModern(error);
    }
    let supported =
        error.details().get("rpcData").and_then(|data| data.get("supported")?.as_array().cloned());
    let Some(supported) = supported else { return Discovered::NotModern(error) };
    let versions: Vec<String> = supported.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
    unsupported(connection.server(), &versions)
}

/// Versions are dates: one before ours is of the legacy protocol, where `initialize` negotiates.
fn unsupported(server: &str, versions: &[String]) -> Discovered {
    let error = other_version(server, &versions.join(", "), &[MODERN_VERSION]);
    if versions.iter().any(|version| version.as_str() > MODERN_VERSION) {
        Discovered::OtherVersion(error)
    } else {
        Discovered::NotModern(error)
    }
}
