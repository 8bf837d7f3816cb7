//! What a program gives to a pool of its own: one object that says both what to run and how.

use std::path::Path;

use serde_json::{Map, Value};

use super::fault::FieldFault;
use super::inline;
use super::pool_reader::{self, TARGET_KEYS};
use super::server_entry::ServerEntry;
use crate::model::{Error, ErrorCode, PoolOptions, Result};

/// What a pool runs.
#[derive(Debug, Clone, PartialEq)]
pub enum PoolTarget {
    /// The command that was given; the entry's name is the command.
    Command(Box<ServerEntry>),
    /// A configured server.
    Server(String),
    /// Neither was given: the default server, or the only one configured.
    Default,
}

/// `MCPServerPoolOptions`.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolDefinition {
    /// What to run.
    pub target: PoolTarget,
    /// How.
    pub options: PoolOptions,
}

impl PoolDefinition {
    /// Reads the options as JSON. `"Infinity"` stands for the number, a `null` in `env` for undefined; relative paths count from `root`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` names the option, its value, the rule and, for an unknown one, what may have been meant.
    pub fn parse(options: &Value, root: &Path, home: Option<&Path>) -> Result<Self> {
        let Value::Object(fields) = options else { return Err(refused("", "must be an object")) };
        let (target, settings): (Map<_, _>, Map<_, _>) =
            fields.clone().into_iter().partition(|(key, _)| TARGET_KEYS.contains(&key.as_str()));
        let target = read_target(target, root, home).map_err(|fault| of_fault(&fault))?;
        let read = pool_reader::read(&[], &settings).map_err(|fault| of_fault(&fault))?;
        match read.unknown.first() {
            Some(fault) => Err(of_fault(fault)),
            None => Ok(Self { target, options: read.options }),
        }
    }
}

fn read_target(
    mut fields: Map<String, Value>,
    root: &Path,
    home: Option<&Path>,
) -> std::result::Result<PoolTarget, FieldFault> {
    let server = fields.remove("server");
    match (server, fields.get("command").and_then(Value::as_str)) {
        (Some(_), _) if !fields.is_empty() => Err(FieldFault::new(
            &["server"],
            "names a configured server and stands without command, args, env, inheritEnv and cwd; drop one or the other",
        )),
        (Some(Value::String(name)), _) if !name.is_empty() => Ok(PoolTarget::Server(name)),
        (Some(other), _) => {
            Err(FieldFault::new(&["server"], format!("must be the name of a configured server, not {other}")))
        }
        (None, None) if fields.is_empty() => Ok(PoolTarget::Default),
        (None, command) => {
            let name = command.unwrap_or_default().to_owned();
            Ok(PoolTarget::Command(Box::new(inline::parse(&name, &Value::Object(fields), root, home)?)))
        }
    }
}

fn of_fault(fault: &FieldFault) -> Error {
    refused(&fault.path.join("."), &fault.rule)
}

fn refused(field: &str, rule: &str) -> Error {
    let option = if field.is_empty() { "options".to_owned() } else { format!("options.{field}") };
    Error::new(ErrorCode::InvalidArgument, format!("new MCPServerPool(options): {option} {rule}"))
        .detail("option", field)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(options: &Value) -> Result<PoolDefinition> {
        PoolDefinition::parse(options, Path::new("/p"), None)
    }

    #[test]
    fn a_pool_runs_a_command_a_configured_server_or_the_default() {
        let command = parse(&json!({ "command": "node", "args": ["s.js"], "maxInstances": 2 })).unwrap();
        assert_eq!(command.options.max_instances, Some(2));
        assert!(matches!(&command.target, PoolTarget::Command(entry) if entry.name == "node"));
        let named = parse(&json!({ "server": "github", "graceMs": "Infinity" })).unwrap();
        assert_eq!(named.target, PoolTarget::Server("github".to_owned()));
        assert_eq!(parse(&json!({})).unwrap().target, PoolTarget::Default);
    }

    #[test]
    fn what_is_wrong_is_named_as_the_program_wrote_it() {
        for (options, part) in [
            (json!({ "maxInstances": 0 }), "options.maxInstances must be a whole number, 1 or more, not 0"),
            (json!({ "maxInstnces": 1 }), "options.maxInstnces is unknown; did you mean 'maxInstances'?"),
            (
                json!({ "server": "a", "command": "b" }),
                "options.server names a configured server and stands without",
            ),
            (json!({ "server": 7 }), "options.server must be the name of a configured server, not 7"),
            (json!({ "args": ["x"] }), "options needs either a 'command'"),
            (json!({ "command": "x", "env": { "A=B": "1" } }), "options.env.A=B is no name of a variable"),
            (json!([]), "options must be an object"),
        ] {
            let error = parse(&options).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            assert!(error.message().contains(part), "{error}");
        }
    }
}
