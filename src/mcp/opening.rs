//! How a connection begins, whichever protocol the server speaks: [`EraPlan`] says what is tried first. Speaks through a [`Connection`];
//! starts nothing, so a process that the question killed is reported to the caller, who starts another.

use std::time::Duration;

use super::client::{ClientCapabilities, ClientInfo};
use super::connection::Connection;
use super::discover::{Discovered, discover};
use super::era::{EraLesson, EraPlan};
use super::handshake::{Handshake, accept, refused, request_initialize};
use crate::model::{Error, ErrorCode, Result};

/// A legacy server may ignore what it does not know. Until then it costs the start of such a server this much, once.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// What one opening needs to know.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Who we are.
    pub client: ClientInfo,
    /// What the server may ask.
    pub capabilities: ClientCapabilities,
    /// What is tried first.
    pub plan: EraPlan,
    /// The longest that all of it may take.
    pub timeout: Duration,
}

/// Why a connection did not begin.
#[derive(Debug)]
pub enum OpenError {
    /// The server ended when it was asked for the modern protocol, as some legacy servers do: start it again, once, and open it with
    /// [`EraPlan::LegacyFirst`].
    StartAgain(Error),
    /// There is no way.
    Failed(Error),
}

impl OpenError {
    /// What happened.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::StartAgain(error) | Self::Failed(error) => error,
        }
    }

    /// The same, for keeps.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            Self::StartAgain(error) | Self::Failed(error) => error,
        }
    }
}

/// Opens `connection`.
///
/// # Errors
/// `ERR_SERVER_START` and `ERR_SERVER_PROTOCOL`, as [`initialize`](super::handshake::initialize) has them.
pub async fn open(connection: &Connection, opening: &Opening) -> Result<Handshake, OpenError> {
    match opening.plan {
        EraPlan::LegacyFirst => {
            legacy_first(connection, opening, opening.timeout).await.map_err(OpenError::Failed)
        }
        EraPlan::ModernOnly => modern_only(connection, opening).await.map_err(OpenError::Failed),
        EraPlan::ModernFirst => modern_first(connection, opening).await,
    }
}

async fn legacy_first(connection: &Connection, opening: &Opening, timeout: Duration) -> Result<Handshake> {
    let Opening { client, capabilities, .. } = opening;
    let error = match request_initialize(connection, client, *capabilities, timeout).await {
        Ok(reply) => return accept(connection, reply),
        Err(error) => error,
    };
    // A server that says no and lives may speak the modern protocol only; to ask it costs one more line.
    if error.code() == ErrorCode::Rpc
        && let Discovered::Modern(handshake) =
            discover(connection, client, *capabilities, probe_timeout(timeout)).await?
    {
        return Ok(Handshake { lesson: EraLesson::ModernOnly, ..handshake });
    }
    Err(refused(connection, "initialize", &error))
}

async fn modern_only(connection: &Connection, opening: &Opening) -> Result<Handshake> {
    match discover(connection, &opening.client, opening.capabilities, opening.timeout).await? {
        Discovered::Modern(handshake) => Ok(handshake),
        Discovered::OtherVersion(error) => Err(error),
        Discovered::NotModern(cause) | Discovered::Gone(cause) => Err(insisted(connection, &cause)),
    }
}

async fn modern_first(connection: &Connection, opening: &Opening) -> Result<Handshake, OpenError> {
    let Opening { client, capabilities, timeout, .. } = opening;
    let probe = probe_timeout(*timeout);
    match discover(connection, client, *capabilities, probe).await.map_err(OpenError::Failed)? {
        Discovered::Modern(handshake) => Ok(handshake),
        Discovered::OtherVersion(error) => Err(OpenError::Failed(error)),
        Discovered::Gone(cause) => Err(OpenError::StartAgain(refused(connection, "server/discover", &cause))),
        Discovered::NotModern(_) => {
            legacy_first(connection, opening, timeout.saturating_sub(probe)).await.map_err(|error| {
                if gone(&error) { OpenError::StartAgain(error) } else { OpenError::Failed(error) }
            })
        }
    }
}

/// Some legacy servers answer what they do not know, and leave at the next line.
fn gone(error: &Error) -> bool {
    error.details().get("cause").is_some_and(|cause| cause == ErrorCode::ServerExited.as_str())
}

fn probe_timeout(whole: Duration) -> Duration {
    PROBE_TIMEOUT.min(whole / 2)
}

fn insisted(connection: &Connection, cause: &Error) -> Error {
    let error = refused(connection, "server/discover", cause);
    let what = format!(
        "{}; if it is an older server, set \"protocol\": \"auto\" or \"legacy\" in the `procman` part of its entry",
        error.message()
    );
    let told = Error::new(error.code(), what);
    error.details().iter().fold(told, |told, (key, value)| told.detail(key, value.clone()))
}
