//! One configuration file: its servers, each read or faulty on its own, and its top-level settings.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::document::Document;
use super::entry_context::EntryContext;
use super::fault::{FieldFault, malformed, unreadable};
use super::imports::ImportKind;
use super::own_settings::OwnSettings;
use super::parse_entry::{Parsed, parse};
use super::server_entry::ServerEntry;
use crate::model::{Error, ErrorCode};

/// What a file says.
pub(super) struct Layer {
    pub(super) servers: Vec<(String, Result<ServerEntry, Error>)>,
    pub(super) settings: OwnSettings,
    /// The editors to ask, in this order.
    pub(super) imports: Vec<ImportKind>,
    /// What has no effect: one sentence each.
    pub(super) notes: Vec<String>,
}

/// Reads a file.
///
/// # Errors
/// `ERR_CONFIG` if nothing in the file can be used. A fault of one server stays with that server.
pub(super) fn read(context: &EntryContext<'_>) -> Result<Layer, Error> {
    let file = context.file;
    let bytes = context.files.read(file).map_err(|error| unreadable(file, &error))?;
    let document = Document::parse(bytes).map_err(|error| malformed(file, error.position, &error.reason))?;
    let own = top_level_object(file, &document, "procman")?.cloned().unwrap_or_default();
    let servers = top_level_object(file, &document, "mcpServers")?;
    if servers.is_none() && own.is_empty() {
        return Err(malformed(
            file,
            document.position(&[]),
            "the file has no \"mcpServers\"; write { \"mcpServers\": { \"name\": { \"command\": \"…\" } } }",
        ));
    }
    let (imports, mut notes) = imports(file, &document);
    let (settings, unknown) = OwnSettings::read(file, &document, &own);
    notes.extend(unknown);
    let entry = |(name, value): (&String, &Value)| {
        let located = |fault: FieldFault| fault.in_file(file, &document, &["mcpServers"], name);
        let parsed = parse(name, value, context).map_err(located).map(|Parsed { entry, notes: of_entry }| {
            notes.extend(of_entry.into_iter().map(|note| located(note).message().to_owned()));
            entry
        });
        (name.clone(), parsed)
    };
    let servers = servers.into_iter().flatten().map(entry).collect();
    Ok(Layer { servers, settings, imports, notes })
}

/// A mistake in here spoils no server of the file itself.
fn imports(file: &Path, document: &Document) -> (Vec<ImportKind>, Vec<String>) {
    let (order, remarks) = ImportKind::order(document.root().get("imports"));
    let sentence = |(index, rule): (Option<usize>, String)| {
        let path: Vec<String> =
            ["imports".to_owned()].into_iter().chain(index.map(|index| index.to_string())).collect();
        malformed(file, document.position(&path), &format!("\"imports\" {rule}")).message().to_owned()
    };
    (order, remarks.into_iter().map(sentence).collect())
}

fn top_level_object<'a>(
    file: &Path,
    document: &'a Document,
    key: &str,
) -> Result<Option<&'a Map<String, Value>>, Error> {
    match document.root().get(key) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => {
            let position = document.position(&[key.to_owned()]);
            Err(malformed(
                file,
                position,
                &format!("\"{key}\" must be an object; write {{ \"{key}\": {{ … }} }}"),
            )
            .detail("field", key))
        }
    }
}

/// A file that was read or tried, with the fault that made it useless.
#[derive(Debug, Clone)]
pub(super) struct BrokenFile {
    pub(super) path: PathBuf,
    pub(super) error: Error,
}

impl BrokenFile {
    /// The error of a look-up that might have succeeded, had the file been sound.
    pub(super) fn hides(&self, server: &str) -> Error {
        let message = format!(
            "server '{server}' is not known, and {} could not be used: {}; mend that file first",
            self.path.display(),
            self.error.message()
        );
        let details = self.error.details().iter();
        details
            .fold(Error::new(ErrorCode::Config, message), |error, (key, value)| {
                error.detail(key, value.clone())
            })
            .detail("server", server)
    }
}
