//! Whose settings can be imported, and what `imports` of a file says about it.

use serde_json::Value;

use super::super::nearest::nearest;

/// An editor or another client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ImportKind {
    Cursor,
    ClaudeCode,
    ClaudeDesktop,
    Codex,
    Windsurf,
    OpenCode,
    VsCode,
}

/// A remark on the element of `imports` at this index; `None`: on all of it.
pub(in super::super) type Remark = (Option<usize>, String);

impl ImportKind {
    /// All, in the order that counts where nothing is said.
    pub(in super::super) const ALL: [Self; 7] = [
        Self::Cursor,
        Self::ClaudeCode,
        Self::ClaudeDesktop,
        Self::Codex,
        Self::Windsurf,
        Self::OpenCode,
        Self::VsCode,
    ];

    /// As `imports` spells it.
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::Cursor => "cursor",
            Self::ClaudeCode => "claude-code",
            Self::ClaudeDesktop => "claude-desktop",
            Self::Codex => "codex",
            Self::Windsurf => "windsurf",
            Self::OpenCode => "opencode",
            Self::VsCode => "vscode",
        }
    }

    /// The order that the key `imports` asks for: the named ones first, the others after them; none at all for an empty list.
    pub(in super::super) fn order(imports: Option<&Value>) -> (Vec<Self>, Vec<Remark>) {
        let Some(value) = imports else { return (Self::ALL.to_vec(), Vec::new()) };
        let Value::Array(names) = value else {
            return (
                Vec::new(),
                vec![(None, format!("must be a list of {}, so nothing is imported", Self::names()))],
            );
        };
        if names.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let (mut order, mut remarks) = (Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            match Self::ALL.into_iter().find(|kind| name.as_str() == Some(kind.name())) {
                Some(kind) => order.push(kind),
                None => remarks.push((Some(index), Self::unknown(name))),
            }
        }
        order.extend(Self::ALL);
        let mut seen = Vec::new();
        order.retain(|kind| {
            !seen.contains(kind) && {
                seen.push(*kind);
                true
            }
        });
        (order, remarks)
    }

    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    fn unknown(name: &Value) -> String {
        let near = nearest(name.as_str().unwrap_or_default(), Self::ALL.map(Self::name));
        let hint = near
            .first()
            .map_or_else(|| format!("known are {}", Self::names()), |name| format!("did you mean '{name}'?"));
        format!("holds {name}, which is unknown and was ignored; {hint}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn named_ones_come_first_and_an_empty_list_switches_all_off() {
        assert_eq!(ImportKind::order(None).0, ImportKind::ALL);
        assert!(ImportKind::order(Some(&json!([]))).0.is_empty());
        let (order, remarks) = ImportKind::order(Some(&json!(["vscode", "codex", "vscode"])));
        assert_eq!(order[..3], [ImportKind::VsCode, ImportKind::Codex, ImportKind::Cursor]);
        assert_eq!((order.len(), remarks.len()), (7, 0));
    }

    #[test]
    fn what_is_no_kind_is_remarked_upon() {
        let (order, remarks) = ImportKind::order(Some(&json!(["cursr"])));
        assert_eq!(order, ImportKind::ALL);
        assert!(remarks[0].1.contains("did you mean 'cursor'?"), "{remarks:?}");
        let (order, remarks) = ImportKind::order(Some(&json!("cursor")));
        assert!(order.is_empty() && remarks[0].0.is_none());
    }
}
