//! Reads `"procman": { … }` by the table of its keys. A wrong value is a fault of its server, an unknown key a note.

use std::time::Duration;

use serde_json::{Map, Value};

use super::fault::FieldFault;
use super::nearest::nearest;
use super::pool_keys::{INFINITY, KEYS, Kind, MOST_MESSAGE_MB, PROTOCOL, PoolKey, SHARING};
use crate::model::pool_options::BYTES_PER_MB;
use crate::model::{PoolOptions, TimeLimit};

/// Keys of the pool that say what to run. In an entry the entry itself says so.
pub(super) const TARGET_KEYS: [&str; 6] = ["command", "args", "env", "inheritEnv", "cwd", "server"];

/// Settings, and the keys that nothing is known of.
#[derive(Debug, Default)]
pub(super) struct ReadPool {
    pub(super) options: PoolOptions,
    pub(super) unknown: Vec<FieldFault>,
}

/// Reads the settings at `path` of an entry.
pub(super) fn read(path: &[&str], fields: &Map<String, Value>) -> Result<ReadPool, FieldFault> {
    let mut read = ReadPool::default();
    for (name, value) in fields {
        let path = [path, &[name.as_str()]].concat();
        match KEYS.iter().find(|key| key.name == name) {
            Some(key) => {
                set(key, value, &mut read.options).map_err(|rule| FieldFault::new(&path, rule))?;
            }
            None => read.unknown.push(FieldFault::new(&path, unknown(name))),
        }
    }
    check_bounds(path, &read.options)?;
    Ok(read)
}

/// Takes one value.
///
/// # Errors
/// The rule that it breaks: the end of a sentence that starts with the key.
pub(super) fn set(key: &PoolKey, value: &Value, to: &mut PoolOptions) -> Result<(), String> {
    match key.kind {
        Kind::Count { least, bounded, set } => set(to, count(value, least, bounded)?),
        Kind::Time { zero, set } => set(to, time(value, zero)?),
        Kind::Interval { set } => set(to, interval(value)?),
        Kind::Memory { set } => set(to, memory(value)?),
        Kind::Message { set } => set(to, message(value)?),
        Kind::Flag { set } => set(to, flag(value)?),
        Kind::Sharing { set } => set(to, word(value, &SHARING)?),
        Kind::Protocol { set } => set(to, word(value, &PROTOCOL)?),
    }
    Ok(())
}

/// One of a few words.
pub(super) fn word<T: Copy>(value: &Value, spellings: &[(&str, T)]) -> Result<T, String> {
    let found = spellings.iter().find(|(spelling, _)| value.as_str() == Some(spelling));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<String> = spellings.iter().map(|(spelling, _)| format!("\"{spelling}\"")).collect();
        format!("must be one of {}, not {value}; write one of them or leave the key out", known.join(", "))
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
fn count(value: &Value, least: u32, bounded: bool) -> Result<u32, String> {
    if !bounded && is_infinity(value) {
        return Ok(u32::MAX);
    }
    let whole = value.as_f64().filter(|number| number.fract() == 0.0);
    match whole.filter(|number| *number >= f64::from(least) && *number < f64::from(u32::MAX)) {
        Some(number) => Ok(number as u32),
        None => Err(rule(&format!("a whole number, {least} or more"), !bounded, value)),
    }
}

/// Milliseconds, or no limit.
pub(super) fn time(value: &Value, zero: bool) -> Result<TimeLimit, String> {
    if is_infinity(value) {
        return Ok(TimeLimit::Never);
    }
    let least = if zero { "0 or more" } else { "above 0" };
    let expected = format!("a number of milliseconds, {least}");
    let number = value.as_f64().filter(|number| *number > 0.0 || zero && *number == 0.0);
    let duration = number.and_then(|number| Duration::try_from_secs_f64(number / 1e3).ok());
    duration.map(TimeLimit::After).ok_or_else(|| rule(&expected, true, value))
}

fn interval(value: &Value) -> Result<TimeLimit, String> {
    let never = value.as_f64() == Some(0.0);
    if never { Ok(TimeLimit::Never) } else { time(value, true) }
}

fn memory(value: &Value) -> Result<u64, String> {
    if is_infinity(value) {
        return Ok(u64::MAX);
    }
    let number = value.as_f64().filter(|number| *number > 0.0);
    number.map(bytes).ok_or_else(|| rule("a number of megabytes above 0", true, value))
}

fn message(value: &Value) -> Result<u64, String> {
    let number = value.as_f64().filter(|number| *number > 0.0 && *number <= f64::from(MOST_MESSAGE_MB));
    let expected = || format!("a number of megabytes above 0, at most {MOST_MESSAGE_MB}");
    number.map(bytes).ok_or_else(|| rule(&expected(), false, value))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a cast saturates, and u64::MAX is no limit"
)]
fn bytes(megabytes: f64) -> u64 {
    (megabytes * BYTES_PER_MB as f64) as u64
}

fn flag(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| rule("true or false", false, value))
}

fn is_infinity(value: &Value) -> bool {
    value.as_str() == Some(INFINITY)
}

fn rule(expected: &str, infinite: bool, found: &Value) -> String {
    let or = if infinite { ", or \"Infinity\" for no limit" } else { "" };
    format!("must be {expected}{or}, not {found}; correct it or leave the key out")
}

fn unknown(name: &str) -> String {
    if TARGET_KEYS.contains(&name) {
        return "has no effect here; what to run stands in the entry itself".to_owned();
    }
    let known = KEYS.map(|key| key.name);
    match nearest(name, known).first() {
        Some(near) => format!("is unknown; did you mean '{near}'?"),
        None => format!("is unknown; known are {}", known.join(", ")),
    }
}

/// Where both stand in one place, the place can be named.
fn check_bounds(path: &[&str], options: &PoolOptions) -> Result<(), FieldFault> {
    match (options.min_instances, options.max_instances) {
        (Some(min), Some(max)) if min > max => {
            let rule = format!(
                "is {min} and must not exceed maxInstances, which is {max}; lower one or raise the other"
            );
            Err(FieldFault::new(&[path, &["minInstances"]].concat(), rule))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "pool_reader_tests.rs"]
mod tests;
