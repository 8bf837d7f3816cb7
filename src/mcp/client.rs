//! Who we are to a server, and what it may ask of us. Pure.

use serde_json::{Map, Value, json};

/// Who we say we are.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// Name of the client.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl ClientInfo {
    /// As the protocol writes it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "name": self.name, "version": self.version })
    }
}

/// What a server may ask. None of it on a shared server: it could not say which caller a question is for.
///
/// | bit | declared | questions |
/// |---|---|---|
/// | 2 | `sampling` | `sampling/createMessage` |
/// | 4 | `elicitation` | `elicitation/create`, by form |
/// | 8 | `roots` | `roots/list` |
/// | 16 | `elicitation.url` beside `elicitation.form` | `elicitation/create`, by URL |
/// | 32, 64 | `sampling.tools`, `sampling.context` | `sampling/createMessage` that has them |
/// | 128 | `roots.listChanged` | – the client tells when they change |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientCapabilities(u8);

const SAMPLING: u8 = 2;
const ELICITATION: u8 = 4;
const ROOTS: u8 = 8;
const BY_URL: u8 = 16;
const WITH_TOOLS: u8 = 32;
const WITH_CONTEXT: u8 = 64;
const ROOTS_CHANGE: u8 = 128;

impl ClientCapabilities {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Every question that there is: for a caller who takes any request.
    #[must_use]
    pub const fn all() -> Self {
        Self(SAMPLING | ELICITATION | ROOTS)
    }

    /// What a holder answers; other bits are its own.
    #[must_use]
    pub const fn of_bits(bits: u8) -> Self {
        Self(bits & !1)
    }

    /// Whether a server that was told of them may ask this.
    #[must_use]
    pub fn cover(self, method: &str) -> bool {
        match method {
            "sampling/createMessage" => self.has(SAMPLING),
            "elicitation/create" => self.has(ELICITATION),
            "roots/list" => self.has(ROOTS),
            _ => false,
        }
    }

    /// As the protocol writes them.
    #[must_use]
    pub fn to_json(self) -> Value {
        let mut declared = Map::new();
        if self.has(SAMPLING) {
            declared.insert(
                "sampling".to_owned(),
                self.parts(&[(WITH_TOOLS, "tools"), (WITH_CONTEXT, "context")]),
            );
        }
        if self.has(ELICITATION) {
            // Alone, an empty object says the same and is what older servers know.
            declared.insert("elicitation".to_owned(), self.parts(&[(BY_URL, "form"), (BY_URL, "url")]));
        }
        if self.has(ROOTS) {
            let roots = if self.has(ROOTS_CHANGE) { json!({ "listChanged": true }) } else { json!({}) };
            declared.insert("roots".to_owned(), roots);
        }
        Value::Object(declared)
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    fn parts(self, named: &[(u8, &str)]) -> Value {
        let had = named.iter().filter(|(bit, _)| self.has(*bit));
        Value::Object(had.map(|(_, name)| ((*name).to_owned(), json!({}))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_declares_what_it_answers_and_no_more() {
        let declared = |bits| ClientCapabilities::of_bits(bits).to_json();
        assert_eq!(declared(1), json!({}));
        assert_eq!(declared(1 | 2 | 4 | 8), json!({ "sampling": {}, "elicitation": {}, "roots": {} }));
        assert_eq!(declared(4 | 16), json!({ "elicitation": { "form": {}, "url": {} } }));
        assert_eq!(declared(2 | 32 | 64), json!({ "sampling": { "tools": {}, "context": {} } }));
        assert_eq!(declared(8 | 128), json!({ "roots": { "listChanged": true } }));
        assert_eq!(declared(16 | 32 | 128), json!({}), "a part of what is not answered");
        assert_eq!(ClientCapabilities::of_bits(1), ClientCapabilities::none());
    }
}
