//! Where the scanner is in an object; the head of `scan` has the transitions.

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    #[default]
    Start,
    FirstKey,
    NextKey,
    KeyText,
    Colon,
    Value,
    Text,
    Scalar,
    Nested,
    NestedText,
    AfterValue,
    Done,
}

impl State {
    /// The one that a value begins which begins with this byte; `None`: no value does.
    pub(super) fn of_value(byte: u8) -> Option<Self> {
        match byte {
            b'"' => Some(Self::Text),
            b'{' | b'[' => Some(Self::Nested),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Some(Self::Scalar),
            _ => None,
        }
    }
}
