//! The lists that a server has, and what of them is remembered. Pure.

/// A list that is the same for all callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// `tools/list`
    Tools,
    /// `resources/list`
    Resources,
    /// `resources/templates/list`
    Templates,
    /// `prompts/list`
    Prompts,
}

impl ListKind {
    /// The list that a request asks for from its beginning.
    #[must_use]
    pub fn asked_by(method: &str, params: &[u8]) -> Option<Self> {
        let kind = match method {
            "tools/list" => Self::Tools,
            "resources/list" => Self::Resources,
            "resources/templates/list" => Self::Templates,
            "prompts/list" => Self::Prompts,
            _ => return None,
        };
        // A cursor or a `_meta` of the caller's makes it a question of its own.
        let plain = params.iter().all(|byte| matches!(byte, b'{' | b'}' | b' ' | b'\n' | b'\r' | b'\t'));
        plain.then_some(kind)
    }

    /// The lists that a notification makes stale.
    #[must_use]
    pub fn changed_by(method: &str) -> &'static [Self] {
        match method {
            "notifications/tools/list_changed" => &[Self::Tools],
            "notifications/resources/list_changed" => &[Self::Resources, Self::Templates],
            "notifications/prompts/list_changed" => &[Self::Prompts],
            _ => &[],
        }
    }

    /// The request.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Resources => "resources/list",
            Self::Templates => "resources/templates/list",
            Self::Prompts => "prompts/list",
        }
    }

    /// The field of the result that holds the elements.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
            Self::Prompts => "prompts",
        }
    }
}
