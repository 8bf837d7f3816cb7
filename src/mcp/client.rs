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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    /// `sampling/createMessage`
    pub sampling: bool,
    /// `elicitation/create`, by form
    pub elicitation: bool,
    /// `roots/list`
    pub roots: bool,
}

impl ClientCapabilities {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self { sampling: false, elicitation: false, roots: false }
    }

    /// Everything that there is: for a caller who takes any request.
    #[must_use]
    pub const fn all() -> Self {
        Self { sampling: true, elicitation: true, roots: true }
    }

    /// Bits of a holder: 2 sampling, 4 elicitation, 8 roots.
    #[must_use]
    pub const fn of_bits(bits: u8) -> Self {
        Self { sampling: bits & 2 != 0, elicitation: bits & 4 != 0, roots: bits & 8 != 0 }
    }

    /// Whether a server that was told of them may ask this.
    #[must_use]
    pub fn cover(self, method: &str) -> bool {
        match method {
            "sampling/createMessage" => self.sampling,
            "elicitation/create" => self.elicitation,
            "roots/list" => self.roots,
            _ => false,
        }
    }

    /// As the protocol writes them.
    #[must_use]
    pub fn to_json(self) -> Value {
        let named = [("sampling", self.sampling), ("elicitation", self.elicitation), ("roots", self.roots)];
        let declared = named.iter().filter(|(_, has)| *has).map(|(name, _)| ((*name).to_owned(), json!({})));
        Value::Object(declared.collect::<Map<_, _>>())
    }
}
