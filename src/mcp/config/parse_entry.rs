//! One entry of a configuration file, by mcporter's schema.
//!
//! Fields that only mcporter's daemon needs are left alone here. Every field has a camel and a snake spelling.

use std::path::PathBuf;

use serde_json::Value;

use super::command_line;
use super::entry_context::EntryContext;
use super::fault::FieldFault;
use super::field_reader::{FieldReader, wrong_type};
use super::locations::{absolute, expand_home};
use super::pool_keys::PROTOCOL;
use super::pool_reader::{self, ReadPool};
use super::server_entry::ServerEntry;
use super::tool_filter::ToolFilter;
use super::transport::Transport;
use super::{EnvValue, headers, login};

pub(super) const URL: [&str; 5] = ["baseUrl", "base_url", "url", "serverUrl", "server_url"];

/// An entry, and what of it has no effect.
pub(super) struct Parsed {
    pub(super) entry: ServerEntry,
    pub(super) notes: Vec<FieldFault>,
}

/// Reads an entry.
pub(super) fn parse(name: &str, value: &Value, context: &EntryContext<'_>) -> Result<Parsed, FieldFault> {
    let Value::Object(fields) = value else {
        return Err(wrong_type(&[], "an object with a \"command\" or a \"url\"", value));
    };
    let reader = FieldReader { fields, env: Some(context.env) };
    let pool = pool(&reader)?;
    let entry = ServerEntry {
        name: name.to_owned(),
        transport: transport(&reader, context)?,
        source: context.source(),
        description: reader.text(&["description"])?,
        tools: tool_filter(&reader)?,
        login: login::read(&reader, context)?,
        pool: pool.options,
    };
    Ok(Parsed { entry, notes: pool.unknown })
}

/// A URL wins over a command, whose fields must be sound all the same; an empty one does not count.
fn transport(reader: &FieldReader<'_>, context: &EntryContext<'_>) -> Result<Transport, FieldFault> {
    if let Some(url) = reader.text(&URL)?.filter(|url| !url.is_empty()) {
        check_url(reader.first(&URL).map_or("url", |(name, _)| name), &url)?;
        command(reader, context)?;
        reader.text(&["cwd"])?;
        return Ok(Transport::Http { url, headers: headers::read(reader)?, env: env(reader)? });
    }
    let Some((command, args)) = command(reader, context)? else {
        return Err(FieldFault::new(&[], "has neither a \"command\" nor a \"url\"; give it one of them"));
    };
    let cwd = reader.text(&["cwd"])?.filter(|cwd| !cwd.is_empty());
    Ok(Transport::Stdio {
        command,
        args,
        cwd: cwd.map_or_else(|| context.base().to_owned(), |cwd| resolve_path(&cwd, context)),
        env: env(reader)?,
        inherit_env: reader.flag(&["inheritEnv", "inherit_env"])?.unwrap_or(true),
    })
}

/// `command` (or `executable`) as list, as string beside `args`, or as a whole command line.
fn command(
    reader: &FieldReader<'_>,
    context: &EntryContext<'_>,
) -> Result<Option<(String, Vec<String>)>, FieldFault> {
    let args = reader.texts(&["args"])?.unwrap_or_default();
    let Some((name, value)) = reader.first(&["command", "executable"]) else { return Ok(None) };
    if value.is_array() && name == "command" {
        let words = reader.texts(&["command"])?.unwrap_or_default();
        return Ok(first_and_rest(words));
    }
    let Value::String(_) = value else {
        let expected = if name == "command" { "a string or a list of strings" } else { "a string" };
        return Err(wrong_type(&[name], expected, value));
    };
    let command = reader.filled(&[name], value)?;
    if command.is_empty() {
        return Ok(None);
    }
    if !args.is_empty() || is_existing_program(&command, context) {
        return Ok(Some((command, args)));
    }
    Ok(first_and_rest(command_line::split(&command)))
}

fn first_and_rest(mut words: Vec<String>) -> Option<(String, Vec<String>)> {
    if words.is_empty() {
        return None;
    }
    let command = words.remove(0);
    Some((command, words))
}

/// `/opt/my tools/server` is one program and not a program with an argument, if it exists.
fn is_existing_program(command: &str, context: &EntryContext<'_>) -> bool {
    let command = command.trim();
    command.contains(' ')
        && command_line::looks_like_path(command)
        && context.files.is_file(&resolve_path(command, context))
}

fn resolve_path(text: &str, context: &EntryContext<'_>) -> PathBuf {
    absolute(context.base(), &expand_home(text, context.home))
}

fn env(reader: &FieldReader<'_>) -> Result<Vec<(String, EnvValue)>, FieldFault> {
    let variables = reader.raw_table("env")?;
    let checked = variables.into_iter().map(|(name, value)| {
        check_variable_name(&name)?;
        Ok((name, EnvValue::Template(value)))
    });
    checked.collect()
}

/// The kernel takes `NAME=value`, so a name with `=` would be another variable.
pub(super) fn check_variable_name(name: &str) -> Result<(), FieldFault> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(FieldFault::new(
            &["env", name],
            "is no name of a variable: it must not be empty or contain '='",
        ));
    }
    Ok(())
}

/// Whether `url` can be an MCP endpoint; what it serves is found out when it is called.
pub(super) fn check_url(field: &str, url: &str) -> Result<(), FieldFault> {
    let host = ["http://", "https://"].iter().find_map(|scheme| {
        let start = url.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
    });
    if host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?', '#']) && !host.contains(' '))
    {
        return Ok(());
    }
    Err(FieldFault::new(&[field], "must be a URL that starts with http:// or https://"))
}

/// `protocolVersion` is mcporter's word for one of them.
fn pool(reader: &FieldReader<'_>) -> Result<ReadPool, FieldFault> {
    let mut pool = match reader.object("procman")? {
        Some(fields) => pool_reader::read(&["procman"], fields)?,
        None => ReadPool::default(),
    };
    if let Some((name, value)) = reader.first(&["protocolVersion", "protocol_version"]) {
        let protocol = pool_reader::word(value, &PROTOCOL).map_err(|rule| FieldFault::new(&[name], rule))?;
        pool.options.protocol.get_or_insert(protocol);
    }
    Ok(pool)
}

fn tool_filter(reader: &FieldReader<'_>) -> Result<ToolFilter, FieldFault> {
    let allowed = reader.texts(&["allowedTools", "allowed_tools"])?;
    let blocked = reader.texts(&["blockedTools", "blocked_tools"])?;
    match (allowed, blocked) {
        (Some(_), Some(_)) => {
            Err(FieldFault::new(&["allowedTools"], "and 'blockedTools' exclude each other; keep one of them"))
        }
        (Some(allowed), None) => Ok(ToolFilter::Allowed(allowed)),
        (None, Some(blocked)) => Ok(ToolFilter::Blocked(blocked)),
        (None, None) => Ok(ToolFilter::All),
    }
}
