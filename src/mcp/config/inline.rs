//! Servers given in code: taken as they stand, no placeholders, no splitting of commands, faults raised at once.

use std::path::Path;

use serde_json::{Map, Value};

use super::EnvValue;
use super::fault::FieldFault;
use super::field_reader::{FieldReader, text_of, wrong_type};
use super::headers;
use super::locations::{absolute, expand_home};
use super::login::Login;
use super::nearest::nearest;
use super::parse_entry::{check_url, check_variable_name};
use super::pool_reader;
use super::server_entry::ServerEntry;
use super::source::Source;
use super::tool_filter::ToolFilter;
use super::transport::Transport;
use crate::model::{PoolOptions, Result};

const FIELDS: [&str; 8] = ["command", "args", "env", "inheritEnv", "cwd", "url", "headers", "procman"];

/// Lets servers given in code pass, without keeping what they say.
///
/// # Errors
/// `ERR_INVALID_ARGUMENT` names the first wrong one, its field and the rule.
pub fn check_servers(servers: &Map<String, Value>) -> Result<()> {
    // Where relative paths count from changes what they mean, not whether they are sound.
    let check = |(name, value): (&String, &Value)| match parse(name, value, Path::new("/"), None) {
        Ok(_) => Ok(()),
        Err(fault) => Err(fault.in_code(name)),
    };
    servers.iter().try_for_each(check)
}

/// Reads one server. A `null` in `env` removes the variable; relative paths count from `root`.
pub(super) fn parse(
    name: &str,
    value: &Value,
    root: &Path,
    home: Option<&Path>,
) -> std::result::Result<ServerEntry, FieldFault> {
    let Value::Object(fields) = value else {
        return Err(wrong_type(&[], "an object with a 'command' or a 'url'", value));
    };
    check_fields(fields)?;
    let reader = FieldReader { fields, env: None };
    let transport = match (reader.text(&["url"])?, reader.text(&["command"])?) {
        (Some(url), None) => {
            check_url("url", &url)?;
            Transport::Http { url, headers: headers::read(&reader)?, env: Vec::new() }
        }
        (None, Some(command)) if !command.is_empty() => Transport::Stdio {
            command,
            args: reader.texts(&["args"])?.unwrap_or_default(),
            cwd: reader
                .text(&["cwd"])?
                .map_or_else(|| root.to_owned(), |cwd| absolute(root, &expand_home(&cwd, home))),
            env: env(&reader)?,
            inherit_env: reader.flag(&["inheritEnv"])?.unwrap_or(true),
        },
        _ => return Err(FieldFault::new(&[], "needs either a 'command' or a 'url', and not both")),
    };
    Ok(ServerEntry {
        name: name.to_owned(),
        transport,
        source: Source::Code,
        description: None,
        tools: ToolFilter::All,
        login: Login::default(),
        pool: pool(&reader)?,
    })
}

/// A misspelt key would be ignored in silence otherwise.
fn pool(reader: &FieldReader<'_>) -> std::result::Result<PoolOptions, FieldFault> {
    let Some(fields) = reader.object("procman")? else { return Ok(PoolOptions::default()) };
    let mut read = pool_reader::read(&["procman"], fields)?;
    read.unknown.pop().map_or(Ok(read.options), Err)
}

fn env(reader: &FieldReader<'_>) -> std::result::Result<Vec<(String, EnvValue)>, FieldFault> {
    let variables = reader.object("env")?.into_iter().flatten();
    let entry = |(name, value): (&String, &Value)| {
        check_variable_name(name)?;
        let value = match value {
            Value::Null => EnvValue::Remove,
            value => EnvValue::Literal(text_of(&["env", name], value)?.to_owned()),
        };
        Ok((name.clone(), value))
    };
    variables.map(entry).collect()
}

/// A misspelt field would be ignored in silence otherwise.
fn check_fields(fields: &Map<String, Value>) -> std::result::Result<(), FieldFault> {
    let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) else { return Ok(()) };
    let meant = nearest(unknown, FIELDS);
    let hint = meant
        .first()
        .map_or_else(|| format!("known are {}", FIELDS.join(", ")), |name| format!("did you mean '{name}'?"));
    Err(FieldFault::new(&[unknown], format!("is unknown; {hint}")))
}
