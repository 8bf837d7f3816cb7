//! What a server said that it has. Pure.

use serde::Deserialize;

/// The part of a server's capabilities that somebody acts on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) logging: bool,
    pub(super) tools_change: bool,
    pub(super) prompts_change: bool,
    pub(super) resources_change: bool,
}

#[derive(Deserialize)]
struct Capabilities {
    logging: Option<serde::de::IgnoredAny>,
    tools: Option<Listed>,
    prompts: Option<Listed>,
    resources: Option<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    list_changed: bool,
}

impl Offers {
    /// Reads raw `capabilities`; what cannot be read is not offered.
    pub(super) fn read(raw: Option<&str>) -> Self {
        let parsed = raw.and_then(|raw| serde_json::from_str::<Capabilities>(raw).ok());
        let Some(parsed) = parsed else { return Self::default() };
        let changes = |listed: Option<Listed>| listed.is_some_and(|listed| listed.list_changed);
        Self {
            logging: parsed.logging.is_some(),
            tools_change: changes(parsed.tools),
            prompts_change: changes(parsed.prompts),
            resources_change: changes(parsed.resources),
        }
    }
}
