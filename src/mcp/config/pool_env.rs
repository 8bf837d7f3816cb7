//! The settings of pools that environment variables give.

use serde_json::{Number, Value};

use super::HostEnv;
use super::pool_keys::{KEYS, PoolKey};
use super::pool_reader::set;
use crate::model::{Error, ErrorCode, PoolOptions, Result};

/// What `MCP_MEMORY_LIMIT_MB` says, for every pool.
///
/// # Errors
/// `ERR_CONFIG` names the variable, its value and the rule.
pub(super) fn of_every_pool(env: &HostEnv) -> Result<PoolOptions> {
    let mut options = PoolOptions::default();
    read("MCP_MEMORY_LIMIT_MB", "memoryLimitMB", env, &mut options)?;
    Ok(options)
}

/// The same, and what `PROCESS_POOL_SIZE` says of the pools behind `callToolAsync`.
///
/// # Errors
/// As [`of_every_pool`].
pub(super) fn of_call_pools(env: &HostEnv) -> Result<PoolOptions> {
    let mut options = of_every_pool(env)?;
    read("PROCESS_POOL_SIZE", "maxInstances", env, &mut options)?;
    Ok(options)
}

/// An empty variable counts as unset.
fn read(variable: &str, key: &str, env: &HostEnv, to: &mut PoolOptions) -> Result<()> {
    let (Some(text), Some(key)) = (env.get_non_empty(variable), key_of(key)) else { return Ok(()) };
    set(key, &number_or_text(text.trim()), to).map_err(|rule| {
        let message =
            format!("the environment variable {variable} {}", rule.replace("leave the key out", "unset it"));
        Error::new(ErrorCode::Config, message).detail("variable", variable).detail("value", text)
    })
}

fn key_of(name: &str) -> Option<&'static PoolKey> {
    const { &KEYS }.iter().find(|key| key.name == name)
}

fn number_or_text(text: &str) -> Value {
    // A whole number is shown as it was written.
    let whole = text.parse::<i64>().ok().map(Number::from);
    let number = whole.or_else(|| text.parse().ok().and_then(Number::from_f64));
    number.map_or_else(|| Value::from(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variable: &'static str, value: &'static str) -> Result<PoolOptions> {
        of_call_pools(&[(variable, value)].into_iter().collect())
    }

    #[test]
    fn variables_are_read_as_the_keys_they_stand_for() {
        assert_eq!(of("PROCESS_POOL_SIZE", "5").unwrap().max_instances, Some(5));
        assert_eq!(of("MCP_MEMORY_LIMIT_MB", " 1.5 ").unwrap().memory_limit, Some(3 << 19));
        assert_eq!(of("MCP_MEMORY_LIMIT_MB", "Infinity").unwrap().memory_limit, Some(u64::MAX));
        assert_eq!(of("PROCESS_POOL_SIZE", "").unwrap(), PoolOptions::default());
        let env = [("PROCESS_POOL_SIZE", "5")].into_iter().collect();
        assert_eq!(of_every_pool(&env).unwrap().max_instances, None);
    }

    #[test]
    fn a_value_that_is_none_names_variable_value_and_rule() {
        for (variable, value) in [
            ("PROCESS_POOL_SIZE", "0"),
            ("PROCESS_POOL_SIZE", "2.5"),
            ("PROCESS_POOL_SIZE", "Infinity"),
            ("PROCESS_POOL_SIZE", "many"),
            ("MCP_MEMORY_LIMIT_MB", "-1"),
            ("MCP_MEMORY_LIMIT_MB", "inf"),
            ("MCP_MEMORY_LIMIT_MB", "512MB"),
        ] {
            let error = of(variable, value).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Config);
            let message = error.message();
            assert!(
                message.contains(variable) && message.contains(value) && message.contains("unset it"),
                "{message}"
            );
            assert!(!message.contains(".0"), "a whole number is none with a fraction: {message}");
        }
    }
}
