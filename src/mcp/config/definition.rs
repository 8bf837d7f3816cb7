//! A server as whoever connects to it needs it: every placeholder filled in, secrets included. Never for a log or an error.

use serde_json::{Map, Value, json};

use super::env_value::Resolved;
use super::fault::FieldFault;
use super::interpolate::placeholders;
use super::pool_keys;
use super::server_entry::ServerEntry;
use super::source::Source;
use super::transport::Transport;
use super::{EnvValue, HostEnv, ToolFilter};
use crate::model::Result;

impl ServerEntry {
    /// The whole entry as JSON; fields that were not written are absent. The environment of a stdio server is left to
    /// [`ServerEntry::resolve`].
    ///
    /// # Errors
    /// `ERR_CONFIG` names a variable that a header needs and nobody sets, or settings of the pool that contradict each other.
    pub fn definition(&self, host: &HostEnv) -> Result<Value> {
        let mut fields = Map::new();
        fields.insert("name".to_owned(), self.name.clone().into());
        fields.insert("source".to_owned(), self.source.to_string().into());
        if let Source::Import { editor, .. } = &self.source {
            fields.insert("import".to_owned(), (*editor).into());
        }
        fields.extend(self.reach(host)?);
        fields.extend(self.description.clone().map(|text| ("description".to_owned(), text.into())));
        fields.extend(tools(&self.tools));
        fields.extend(self.login.fields().clone());
        fields.insert("variables".to_owned(), json!(self.login.variables(host)));
        fields.insert("pool".to_owned(), pool_keys::settings_json(&self.pool_settings(host, None)?));
        Ok(Value::Object(fields))
    }

    fn reach(&self, host: &HostEnv) -> Result<Map<String, Value>> {
        let reach = match &self.transport {
            Transport::Stdio { command, args, cwd, .. } => {
                json!({ "kind": "stdio", "command": command, "args": args, "cwd": cwd.to_string_lossy() })
            }
            Transport::Http { url, headers, env } => {
                let headers = self.filled_headers(headers, &self.with_own(env, host)?)?;
                json!({ "kind": "http", "url": url, "headers": headers })
            }
        };
        Ok(match reach {
            Value::Object(fields) => fields,
            _ => Map::new(),
        })
    }

    /// Headers given in code stand as they are.
    fn filled_headers(&self, headers: &[(String, String)], env: &HostEnv) -> Result<Map<String, Value>> {
        let filled = headers.iter().map(|(name, raw)| {
            let value = match self.source {
                Source::Code => Ok(raw.clone()),
                _ => placeholders(raw, env)
                    .map_err(|missing| self.at_start(&["headers", name], missing.rule())),
            };
            Ok((name.clone(), value?.into()))
        });
        filled.collect()
    }

    /// The entry's own variables serve its headers where the host has none, each with sight of those before it.
    fn with_own(&self, own: &[(String, EnvValue)], host: &HostEnv) -> Result<HostEnv> {
        let mut env = host.clone();
        for (name, value) in own {
            if env.get_non_empty(name).is_some() {
                continue;
            }
            let resolved =
                value.resolve(&env).map_err(|missing| self.at_start(&["env", name], missing.rule()))?;
            if let Resolved::Set(value) = resolved {
                env.set(name, &value);
            }
        }
        Ok(env)
    }

    pub(super) fn at_start(&self, path: &[&str], rule: String) -> crate::model::Error {
        FieldFault::new(path, rule).at_start(&self.source.to_string(), &self.name)
    }
}

fn tools(filter: &ToolFilter) -> Option<(String, Value)> {
    match filter {
        ToolFilter::All => None,
        ToolFilter::Allowed(names) => Some(("allowedTools".to_owned(), json!(names))),
        ToolFilter::Blocked(names) => Some(("blockedTools".to_owned(), json!(names))),
    }
}
