//! mcporter's two placeholder languages: one for values of `env`, one for everything else.
//!
//! | language | placeholder | replaced by |
//! |---|---|---|
//! | `env` value | the whole value is `${VAR}`, `${VAR:-d}`, `${VAR:d}` or `${VAR-d}` | the variable unless unset or empty, else `d` or nothing |
//! | `env` value | the value starts with `$` otherwise | as in other fields |
//! | other fields | the whole value is `$env:VAR` | the variable, which may be empty; unset is an error |
//! | other fields | `${VAR}` anywhere | the variable, which may be empty; unset is an error |
//! | other fields | `${VAR:-d}` anywhere | the variable unless unset or empty, else `d` |
//!
//! A backslash before `${` vanishes together with the placeholder. What a variable holds is data and not expanded again.

use std::collections::BTreeSet;

use super::HostEnv;

/// Variables that a value needs and the environment lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MissingVariables(BTreeSet<String>);

impl MissingVariables {
    /// What is wrong and how to mend it.
    pub(super) fn rule(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let first = names.first().copied().unwrap_or("VAR");
        let verb = if names.len() == 1 { "is" } else { "are" };
        format!(
            "needs the environment variable{} {}, which {verb} not set; set {}, or write a default: ${{{first}:-value}}",
            if names.len() == 1 { "" } else { "s" },
            names.join(", "),
            if names.len() == 1 { "it" } else { "them" },
        )
    }
}

/// Resolves a value of `env`.
pub(super) fn env_value(raw: &str, env: &HostEnv) -> Result<String, MissingVariables> {
    if let Some((name, default)) = whole_value_placeholder(raw) {
        return Ok(env.get_non_empty(name).unwrap_or_else(|| default.to_owned()));
    }
    if raw.starts_with('$') { placeholders(raw, env) } else { Ok(raw.to_owned()) }
}

/// Resolves a value of any field but `env`.
pub(super) fn placeholders(raw: &str, env: &HostEnv) -> Result<String, MissingVariables> {
    if let Some(name) = raw.strip_prefix("$env:") {
        return env.get(name).ok_or_else(|| MissingVariables(BTreeSet::from([name.to_owned()])));
    }
    let mut output = String::with_capacity(raw.len());
    let mut missing = BTreeSet::new();
    let mut rest = raw;
    while let Some(start) = rest.find("${") {
        let Some(found) = placeholder_at(&rest[start..]) else {
            output.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            continue;
        };
        let before = &rest[..start];
        output.push_str(before.strip_suffix('\\').unwrap_or(before));
        match found.value(env) {
            Some(value) => output.push_str(&value),
            None => drop(missing.insert(found.name.to_owned())),
        }
        rest = &rest[start + found.length..];
    }
    output.push_str(rest);
    if missing.is_empty() { Ok(output) } else { Err(MissingVariables(missing)) }
}

struct Placeholder<'a> {
    name: &'a str,
    default: Option<&'a str>,
    length: usize,
}

impl Placeholder<'_> {
    fn value(&self, env: &HostEnv) -> Option<String> {
        let value = env.get(self.name);
        match self.default {
            Some(default) => {
                Some(value.filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned()))
            }
            None => value,
        }
    }
}

/// `text` starts with `${`.
fn placeholder_at(text: &str) -> Option<Placeholder<'_>> {
    let name = leading_name(&text[2..])?;
    let after = &text[2 + name.len()..];
    if after.starts_with('}') {
        return Some(Placeholder { name, default: None, length: 2 + name.len() + 1 });
    }
    let default = after.strip_prefix(":-")?;
    let end = default.find('}')?;
    let default = &default[..end];
    let one_line = !default.contains(['\n', '\r', '\u{2028}', '\u{2029}']);
    one_line.then_some(Placeholder { name, default: Some(default), length: 2 + name.len() + 2 + end + 1 })
}

fn whole_value_placeholder(raw: &str) -> Option<(&str, &str)> {
    let inner = raw.strip_prefix("${")?.strip_suffix('}')?;
    let name = leading_name(inner)?;
    let rest = &inner[name.len()..];
    let default = [":-", ":", "-"].iter().find_map(|separator| rest.strip_prefix(separator)).unwrap_or(rest);
    (!default.contains('}')).then_some((name, default))
}

fn leading_name(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    if !(first.is_ascii_alphabetic() || first == '_') {
        return None;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    Some(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> HostEnv {
        [("SET", "value"), ("EMPTY", ""), ("NESTED", "${SET}")].into_iter().collect()
    }

    #[test]
    fn env_values_follow_the_whole_value_rule() {
        let cases = [
            ("plain", "plain"),
            ("${SET}", "value"),
            ("${EMPTY}", ""),
            ("${UNSET}", ""),
            ("${UNSET:-d}", "d"),
            ("${UNSET:d}", "d"),
            ("${UNSET-d}", "d"),
            ("${UNSET+d}", "+d"),
            ("${EMPTY:-d}", "d"),
            ("${UNSET:-a\nb}", "a\nb"),
            ("x${SET}", "x${SET}"),
            ("${SET}x", "valuex"),
            ("${SET}/${SET}", "value/value"),
            ("$env:SET", "value"),
            ("$env:EMPTY", ""),
            ("$SET", "$SET"),
            ("${9}", "${9}"),
            ("${NESTED}", "${SET}"),
        ];
        for (raw, expected) in cases {
            assert_eq!(env_value(raw, &env()).as_deref(), Ok(expected), "{raw}");
        }
        assert!(env_value("${SET}${UNSET}", &env()).is_err());
    }

    #[test]
    fn other_fields_replace_anywhere_and_insist_on_the_variable() {
        let cases = [
            ("a ${SET} b ${UNSET:-d}", "a value b d"),
            ("${EMPTY}", ""),
            ("${EMPTY:-d}", "d"),
            ("${UNSET:-}", ""),
            ("${UNSET:d}", "${UNSET:d}"),
            ("\\${SET}", "value"),
            ("${UNSET:-a\nb}", "${UNSET:-a\nb}"),
            ("${${SET}", "${value"),
            ("x$env:SET", "x$env:SET"),
        ];
        for (raw, expected) in cases {
            assert_eq!(placeholders(raw, &env()).as_deref(), Ok(expected), "{raw}");
        }
        let missing = placeholders("${B} ${A} ${SET}", &env()).unwrap_err();
        assert!(missing.rule().contains("A, B, which are not set"), "{}", missing.rule());
        assert!(placeholders("$env:UNSET", &env()).is_err());
    }
}
