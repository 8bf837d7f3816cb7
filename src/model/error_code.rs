//! The closed list of error codes. `docs/errors.md` and `index.d.ts` are checked against it by test.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What went wrong, as a stable string that programs may match on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[$doc])* #[serde(rename = $text)] $name,)* }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as JavaScript sees it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

error_codes! {
    /// A value that the caller gave breaks a documented rule.
    InvalidArgument => "ERR_INVALID_ARGUMENT",
    /// A configuration file or environment variable cannot be used.
    Config => "ERR_CONFIG",
    /// The engine was shut down.
    Closed => "ERR_CLOSED",
    /// The caller's signal fired.
    Aborted => "ERR_ABORTED",
    /// The native part failed in a way that is a bug of ours or of the machine.
    Native => "ERR_NATIVE",
    /// This platform or build cannot do it.
    Unsupported => "ERR_UNSUPPORTED",
    /// No permit came free in time.
    SemaphoreTimeout => "ERR_SEMAPHORE_TIMEOUT",
    /// `maxQueue` callers are waiting already.
    SemaphoreQueueFull => "ERR_SEMAPHORE_QUEUE_FULL",
    /// More permits were given back than taken.
    SemaphoreOverRelease => "ERR_SEMAPHORE_OVER_RELEASE",
    /// No configuration names this server.
    ServerUnknown => "ERR_SERVER_UNKNOWN",
    /// The server's process ran but never became ready.
    ServerStart => "ERR_SERVER_START",
    /// The server died with the request in flight.
    ServerExited => "ERR_SERVER_EXITED",
    /// The server broke the protocol.
    ServerProtocol => "ERR_SERVER_PROTOCOL",
    /// The server failed too often and is left alone for a while.
    ServerQuarantined => "ERR_SERVER_QUARANTINED",
    /// The server wants a login.
    AuthRequired => "ERR_AUTH_REQUIRED",
    /// The call took longer than its timeout.
    CallTimeout => "ERR_CALL_TIMEOUT",
    /// A message was larger than the cap.
    CallTooLarge => "ERR_CALL_TOO_LARGE",
    /// The server answered with a JSON-RPC error.
    Rpc => "ERR_RPC",
    /// The tool itself answered that it failed.
    Tool => "ERR_TOOL",
    /// The server asked for input that nobody gives.
    InputRequired => "ERR_INPUT_REQUIRED",
    /// Every instance of a pool stayed busy.
    PoolExhausted => "ERR_POOL_EXHAUSTED",
    /// The instance that held the session's state is gone.
    SessionLost => "ERR_SESSION_LOST",
    /// No session has this id.
    SessionUnknown => "ERR_SESSION_UNKNOWN",
    /// No service has this id.
    ServiceUnknown => "ERR_SERVICE_UNKNOWN",
    /// A command could not be started.
    Spawn => "ERR_SPAWN",
    /// The guard could not be started or was lost.
    Guard => "ERR_GUARD",
    /// A safety rule forbids this kill.
    KillRefused => "ERR_KILL_REFUSED",
    /// A kill plan is too old or of another boot.
    PlanStale => "ERR_PLAN_STALE",
    /// A build cache could not be read or cleaned.
    Cache => "ERR_CACHE",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
