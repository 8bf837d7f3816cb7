//! Servers that editors and other clients were told of, by mcporter's rules: which files, in which order, and what counts as an entry.
//!
//! Of two imports the first seen wins, and whatever mcporter's own files say wins over both. What cannot be used is skipped with a
//! warning: these files belong to other programs. Reads through [`Files`] and starts nothing.

mod containers;
mod convert;
mod kind;
mod paths;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) use self::kind::ImportKind;
use super::document::Document;
use super::entry_context::EntryContext;
use super::fault::{malformed, unreadable};
use super::files::Files;
use super::load_options::LoadOptions;
use super::parse_entry::{Parsed, parse};
use super::server_entry::ServerEntry;
use super::toml_document;
use crate::model::{Error, Result};

/// What the editors' files say.
#[derive(Default)]
pub(super) struct Imports {
    pub(super) servers: BTreeMap<String, ServerEntry>,
    /// Entries that could not be used, the first seen of each name.
    pub(super) skipped: BTreeMap<String, Error>,
    /// Files that exist, the strongest first.
    pub(super) files_read: Vec<PathBuf>,
    pub(super) warnings: Vec<String>,
}

/// Reads the files of `order`.
pub(super) fn read(order: &[ImportKind], options: &LoadOptions, files: &dyn Files) -> Imports {
    let mut imports = Imports::default();
    for kind in order {
        for path in paths::of(*kind, options).into_iter().filter(|path| files.exists(path)) {
            imports.add_file(*kind, &path, options, files);
        }
    }
    imports
}

impl Imports {
    fn add_file(&mut self, kind: ImportKind, path: &Path, options: &LoadOptions, files: &dyn Files) {
        match open(path, files) {
            Ok(Some(document)) => self.add_entries(kind, path, &document, options, files),
            Ok(None) => {}
            Err(error) => {
                let warning = format!("ignored a file of {}: {}", kind.name(), error.message());
                self.warnings.push(warning);
            }
        }
        if !self.files_read.iter().any(|read| read == path) {
            self.files_read.push(path.to_owned());
        }
    }

    fn add_entries(
        &mut self,
        kind: ImportKind,
        path: &Path,
        document: &Document,
        options: &LoadOptions,
        files: &dyn Files,
    ) {
        let editor = Some(kind.name());
        let context =
            EntryContext { file: path, editor, home: options.home.as_deref(), env: &options.env, files };
        for found in containers::entries(kind, path, document.root(), options) {
            let inside: Vec<&str> = found.container.iter().map(String::as_str).collect();
            let located =
                |fault: super::fault::FieldFault| fault.in_file(path, document, &inside, &found.name);
            match parse(&found.name, &found.entry, &context) {
                Ok(Parsed { entry, notes }) => {
                    self.warnings.extend(notes.into_iter().map(|note| located(note).message().to_owned()));
                    self.servers.entry(found.name.clone()).or_insert(entry);
                }
                Err(fault) => drop(self.skipped.entry(found.name.clone()).or_insert_with(|| located(fault))),
            }
        }
    }
}

/// `None`: an empty file, which says nothing.
fn open(path: &Path, files: &dyn Files) -> Result<Option<Document>> {
    let bytes = files.read(path).map_err(|error| unreadable(path, &error))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    let document = if is_toml { toml_document::parse(bytes) } else { Document::parse(bytes) };
    document.map(Some).map_err(|error| malformed(path, error.position, &error.reason))
}
