//! The keys that somebody asks for.

/// Keys that somebody asks for. Others are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Key {
    Id,
    Method,
    Result,
    Error,
    Params,
    IsError,
    Meta,
    ProgressToken,
    ResultType,
    #[default]
    Other,
}

/// How many there are.
pub(super) const KEYS: usize = Key::Other as usize;

impl Key {
    /// The key of this name, escapes resolved.
    pub(super) fn named(name: &[u8]) -> Self {
        match name {
            b"id" => Self::Id,
            b"method" => Self::Method,
            b"result" => Self::Result,
            b"error" => Self::Error,
            b"params" => Self::Params,
            b"isError" => Self::IsError,
            b"_meta" => Self::Meta,
            b"progressToken" => Self::ProgressToken,
            b"resultType" => Self::ResultType,
            _ => Self::Other,
        }
    }
}
