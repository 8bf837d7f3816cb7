//! The environment that servers inherit and placeholders read: one snapshot, never the live global.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables by name. Bytes, because neither names nor values need be UTF-8.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HostEnv {
    variables: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl HostEnv {
    /// A snapshot of this process's environment.
    #[must_use]
    pub fn current() -> Self {
        std::env::vars_os().collect()
    }

    /// The value of a variable, lossy where it is not UTF-8; an empty one is `Some("")`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// Like [`HostEnv::get`], but an empty value counts as unset.
    #[must_use]
    pub fn get_non_empty(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Sets a variable of this snapshot.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.as_bytes().to_vec(), value.as_bytes().to_vec());
    }

    /// All variables in the order of their names.
    pub(super) fn variables(&self) -> &BTreeMap<Vec<u8>, Vec<u8>> {
        &self.variables
    }
}

impl FromIterator<(OsString, OsString)> for HostEnv {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into_encoded_bytes(), value.into_encoded_bytes()));
        Self { variables: variables.collect() }
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for HostEnv {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(variables: I) -> Self {
        variables.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }
}

/// Names only: values are where secrets live.
impl std::fmt::Debug for HostEnv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.variables.keys().map(|name| String::from_utf8_lossy(name));
        f.debug_set().entries(names).finish()
    }
}
