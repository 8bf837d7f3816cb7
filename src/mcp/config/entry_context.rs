//! What surrounds an entry: its file, and the machine that it is read on.

use std::path::Path;

use super::HostEnv;
use super::files::Files;
use super::source::Source;

/// What surrounds an entry.
pub(super) struct EntryContext<'a> {
    pub(super) file: &'a Path,
    /// The editor whose file it is.
    pub(super) editor: Option<&'static str>,
    pub(super) home: Option<&'a Path>,
    pub(super) env: &'a HostEnv,
    pub(super) files: &'a dyn Files,
}

impl EntryContext<'_> {
    /// Relative paths of an entry count from the folder of its file.
    pub(super) fn base(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }

    /// Where the entry comes from, for people.
    pub(super) fn source(&self) -> Source {
        let path = self.file.to_owned();
        self.editor.map_or_else(
            || Source::File(path.clone()),
            |editor| Source::Import { editor, path: path.clone() },
        )
    }
}
