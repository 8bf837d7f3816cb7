//! The settings of procman itself that a file may hold, under its top-level `procman` key: which there are, and what each takes. What is done
//! with them is for others.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::document::Document;
use super::fault::malformed;
use super::nearest::nearest;
use super::pool_keys::INFINITY;
use super::pool_reader::time;
use crate::model::{Error, Result};

/// The limiter of calls counts in 32 bits, and no machine runs more at once.
const MOST: u32 = i32::MAX as u32;

/// What a setting takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    /// A whole number up to [`MOST`].
    Whole { least: u32, infinite: bool },
    /// Milliseconds.
    Time,
    /// A name.
    Name,
}

/// All of them, in the order of the documentation.
pub(super) const SETTINGS: [(&str, Takes); 6] = [
    ("maxConcurrent", Takes::Whole { least: 1, infinite: false }),
    ("queueTimeout", Takes::Time),
    ("maxQueue", Takes::Whole { least: 0, infinite: true }),
    ("timeoutMs", Takes::Time),
    ("maxRetries", Takes::Whole { least: 0, infinite: false }),
    ("defaultServer", Takes::Name),
];

/// What only a program may say: who reads a foreign project must not find his records elsewhere.
const IN_CODE: [&str; 6] = ["configPath", "servers", "stateDir", "auditLog", "logPrefix", "logger"];

/// Settings that are sound, and what is wrong with the others.
#[derive(Debug, Clone, Default)]
pub struct OwnSettings {
    values: Map<String, Value>,
    faults: BTreeMap<String, Error>,
}

impl OwnSettings {
    /// Reads those of one file; keys that nothing is known of are notes.
    pub(super) fn read(file: &Path, document: &Document, fields: &Map<String, Value>) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut notes = Vec::new();
        let located = |name: &str, rule: &str| {
            let position = document.position(&["procman".to_owned(), name.to_owned()]);
            let field = format!("procman.{name}");
            malformed(file, position, &format!("field '{field}' {rule}")).detail("field", field)
        };
        for (name, value) in fields {
            let Some((_, takes)) = SETTINGS.iter().find(|(known, _)| known == name) else {
                notes.push(located(name, &unknown(name)).message().to_owned());
                continue;
            };
            match takes.check(value) {
                Ok(()) => drop(settings.values.insert(name.clone(), value.clone())),
                Err(rule) => drop(settings.faults.insert(name.clone(), located(name, &rule))),
            }
        }
        (settings, notes)
    }

    /// Those of a stronger file come on top, key by key; a faulty one hides a sound one.
    pub(super) fn cover(&mut self, stronger: Self) {
        for name in stronger.values.keys().chain(stronger.faults.keys()) {
            self.values.remove(name);
            self.faults.remove(name);
        }
        self.values.extend(stronger.values);
        self.faults.extend(stronger.faults);
    }

    /// What is wrong: one sentence each.
    pub(super) fn faults(&self) -> impl Iterator<Item = &Error> {
        self.faults.values()
    }

    /// A setting; `None`: no file has it.
    ///
    /// # Errors
    /// `ERR_CONFIG` with the place of a value that breaks its rule.
    pub fn get(&self, name: &str) -> Result<Option<&Value>> {
        match self.faults.get(name) {
            Some(fault) => Err(fault.clone()),
            None => Ok(self.values.get(name)),
        }
    }
}

impl Takes {
    fn check(self, value: &Value) -> std::result::Result<(), String> {
        let (sound, expected) = match self {
            Self::Whole { least, infinite } => {
                let or = if infinite { ", or \"Infinity\" for no limit" } else { "" };
                let sound = is_whole(value, least) || infinite && value.as_str() == Some(INFINITY);
                (sound, format!("a whole number from {least} to {MOST}{or}"))
            }
            Self::Time => return time(value, true).map(drop),
            Self::Name => {
                (value.as_str().is_some_and(|name| !name.is_empty()), "the name of a server".to_owned())
            }
        };
        if sound {
            return Ok(());
        }
        Err(format!("must be {expected}, not {value}; correct it or leave the key out"))
    }
}

fn is_whole(value: &Value, least: u32) -> bool {
    let range = f64::from(least)..=f64::from(MOST);
    value.as_f64().is_some_and(|number| number.fract() == 0.0 && range.contains(&number))
}

fn unknown(name: &str) -> String {
    if IN_CODE.contains(&name) {
        return "has no effect in a file; give it to configure()".to_owned();
    }
    let known = SETTINGS.map(|(known, _)| known);
    match nearest(name, known).first() {
        Some(near) => format!("is unknown; did you mean '{near}'?"),
        None => format!("is unknown; known are {}", known.join(", ")),
    }
}
