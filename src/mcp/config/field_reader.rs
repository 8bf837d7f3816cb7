//! Reads the fields of one entry: several spellings, a type each, placeholders filled in.

use serde_json::{Map, Value};

use super::HostEnv;
use super::fault::FieldFault;
use super::interpolate::placeholders;

/// One entry and the environment that its placeholders read.
pub(super) struct FieldReader<'a> {
    pub(super) fields: &'a Map<String, Value>,
    /// None: values are taken as they stand.
    pub(super) env: Option<&'a HostEnv>,
}

impl<'a> FieldReader<'a> {
    /// The first spelling that is present wins, whatever it holds.
    pub(super) fn first(&self, spellings: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        spellings.iter().find_map(|&name| self.fields.get(name).map(|value| (name, value)))
    }

    /// A string with its placeholders filled in.
    pub(super) fn text(&self, spellings: &[&'static str]) -> Result<Option<String>, FieldFault> {
        self.first(spellings).map(|(name, value)| self.filled(&[name], value)).transpose()
    }

    /// A string as it stands; its placeholders are filled in when the server starts.
    pub(super) fn raw_text(&self, spellings: &[&'static str]) -> Result<Option<String>, FieldFault> {
        self.first(spellings).map(|(name, value)| text_of(&[name], value).map(str::to_owned)).transpose()
    }

    /// A list of strings with their placeholders filled in.
    pub(super) fn texts(&self, spellings: &[&'static str]) -> Result<Option<Vec<String>>, FieldFault> {
        let Some((name, value)) = self.first(spellings) else { return Ok(None) };
        let Value::Array(items) = value else {
            return Err(wrong_type(&[name], "a list of strings", value));
        };
        let filled =
            items.iter().enumerate().map(|(index, item)| self.filled(&[name, &index.to_string()], item));
        filled.collect::<Result<_, _>>().map(Some)
    }

    /// An object of strings as they stand.
    pub(super) fn raw_table(&self, name: &'static str) -> Result<Vec<(String, String)>, FieldFault> {
        let Some(table) = self.object(name)? else { return Ok(Vec::new()) };
        let text =
            |(key, value): (&String, &Value)| Ok((key.clone(), text_of(&[name, key], value)?.to_owned()));
        table.iter().map(text).collect()
    }

    pub(super) fn object(&self, name: &'static str) -> Result<Option<&'a Map<String, Value>>, FieldFault> {
        match self.fields.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(other) => Err(wrong_type(&[name], "an object", other)),
        }
    }

    pub(super) fn flag(&self, spellings: &[&'static str]) -> Result<Option<bool>, FieldFault> {
        match self.first(spellings) {
            None => Ok(None),
            Some((_, Value::Bool(flag))) => Ok(Some(*flag)),
            Some((name, other)) => Err(wrong_type(&[name], "true or false", other)),
        }
    }

    /// A string value at `path` with its placeholders filled in.
    pub(super) fn filled(&self, path: &[&str], value: &Value) -> Result<String, FieldFault> {
        let text = text_of(path, value)?;
        let Some(env) = self.env else { return Ok(text.to_owned()) };
        placeholders(text, env).map_err(|missing| FieldFault::new(path, missing.rule()))
    }
}

/// The string at `path`. A NUL would cut it short on its way to the kernel.
pub(super) fn text_of<'a>(path: &[&str], value: &'a Value) -> Result<&'a str, FieldFault> {
    let Value::String(text) = value else {
        return Err(wrong_type(path, "a string", value));
    };
    if text.contains('\0') {
        return Err(FieldFault::new(path, "must not contain a NUL character (\\u0000)"));
    }
    Ok(text)
}

/// Names the rule and what stands there, without the value: it may be a secret.
pub(super) fn wrong_type(path: &[&str], expected: &str, found: &Value) -> FieldFault {
    let (kind, hint) = match found {
        Value::Null => ("null", "; leave the field out"),
        Value::Bool(_) => ("a boolean", "; write it in quotes"),
        Value::Number(_) => ("a number", "; write it in quotes"),
        Value::String(_) => ("a string", ""),
        Value::Array(_) => ("a list", ""),
        Value::Object(_) => ("an object", ""),
    };
    let hint = if expected == "a string" { hint } else { "" };
    FieldFault::new(path, format!("must be {expected}, not {kind}{hint}"))
}
