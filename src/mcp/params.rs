//! The params of a request on their way into a frame: as little copied as possible. Pure.

use std::borrow::Cow;
use std::sync::Arc;

/// Raw JSON. It is not validated.
#[derive(Debug, Clone)]
pub enum Params<'a> {
    /// A whole object, or empty.
    Raw(Cow<'a, [u8]>),
    /// Those of `tools/call`.
    Tool {
        /// The tool.
        name: &'a str,
        /// A raw object. Shared, because a long one is written from where it lies.
        arguments: &'a Arc<Vec<u8>>,
    },
}

impl Params<'_> {
    /// In one piece.
    #[must_use]
    pub fn to_raw(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Raw(raw) => Cow::Borrowed(raw),
            Self::Tool { name, arguments } => {
                let mut raw = Vec::with_capacity(name.len() + arguments.len() + 32);
                push_tool_head(&mut raw, name);
                raw.extend_from_slice(arguments);
                raw.push(b'}');
                Cow::Owned(raw)
            }
        }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Raw(raw) if raw.is_empty())
    }
}

impl<'a> From<&'a [u8]> for Params<'a> {
    fn from(raw: &'a [u8]) -> Self {
        Self::Raw(Cow::Borrowed(raw))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Params<'a> {
    fn from(raw: &'a [u8; N]) -> Self {
        Self::Raw(Cow::Borrowed(raw))
    }
}

impl From<Vec<u8>> for Params<'_> {
    fn from(raw: Vec<u8>) -> Self {
        Self::Raw(Cow::Owned(raw))
    }
}

/// What stands before the arguments of a tool; behind them a brace is missing.
pub(crate) fn push_tool_head(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"{\"name\":");
    push_quoted(out, name);
    out.extend_from_slice(b",\"arguments\":");
}

fn push_quoted(out: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail, and every `str` can be quoted.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_s_params_are_one_object_whatever_its_name_is() {
        let arguments = Arc::new(br#"{"a":1}"#.to_vec());
        let raw = Params::Tool { name: "odd \"name\"", arguments: &arguments }.to_raw().into_owned();
        let value: serde_json::Value = serde_json::from_slice(&raw).unwrap();
        assert_eq!(value, serde_json::json!({ "name": "odd \"name\"", "arguments": { "a": 1 } }));
    }
}
