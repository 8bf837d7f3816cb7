//! What is wrong with a configuration, before and after it is known where it stands.

use std::path::Path;

use super::document::{Document, Position};
use crate::model::{Error, ErrorCode};

/// A rule that one field of one server breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldFault {
    /// Keys from the entry down to the value; empty is the entry itself.
    pub(super) path: Vec<String>,
    /// What the value must be, or what it needs: the end of a sentence that starts with the field.
    pub(super) rule: String,
}

impl FieldFault {
    pub(super) fn new(path: &[&str], rule: impl Into<String>) -> Self {
        Self { path: path.iter().map(|&key| key.to_owned()).collect(), rule: rule.into() }
    }

    /// The same fault, seen from the object that holds this one under `key`.
    pub(super) fn inside(mut self, key: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self
    }

    /// The fault of a server that a file defines.
    pub(super) fn in_file(
        &self,
        file: &Path,
        document: &Document,
        container: &[&str],
        server: &str,
    ) -> Error {
        let mut path: Vec<String> = container.iter().map(|&key| key.to_owned()).collect();
        path.push(server.to_owned());
        path.extend(self.path.iter().cloned());
        let position = document.position(&path);
        let message = format!("{}: {}", place(file, position), self.sentence(server));
        located(message, file, position).detail("server", server).detail("field", self.path.join("."))
    }

    /// The fault of a server that is only looked at now, when it is about to start.
    pub(super) fn at_start(&self, source: &str, server: &str) -> Error {
        Error::new(ErrorCode::Config, format!("{source}: {}", self.sentence(server)))
            .detail("server", server)
            .detail("field", self.path.join("."))
    }

    /// The fault of a server that the program itself defines.
    pub(super) fn in_code(&self, server: &str) -> Error {
        let message = format!("configure({{ servers }}): {}", self.sentence(server));
        let argument: Vec<&str> =
            ["options", "servers", server].into_iter().chain(self.path.iter().map(String::as_str)).collect();
        Error::new(ErrorCode::InvalidArgument, message)
            .detail("argument", argument.join("."))
            .detail("server", server)
            .detail("field", self.path.join("."))
    }

    fn sentence(&self, server: &str) -> String {
        if self.path.is_empty() {
            return format!("server '{server}' {}", self.rule);
        }
        format!("field '{}' of server '{server}' {}", self.path.join("."), self.rule)
    }
}

/// A file that cannot be parsed.
pub(super) fn malformed(file: &Path, position: Position, reason: &str) -> Error {
    located(format!("{}: {reason}", place(file, position)), file, position)
}

/// A file that cannot be read.
pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Error {
    let next = if error.kind() == std::io::ErrorKind::NotFound {
        "check the path given by --config or MCPORTER_CONFIG"
    } else {
        "make it a file that this user may read, or move it away"
    };
    Error::new(
        ErrorCode::Config,
        format!("{}: the configuration cannot be read ({error}); {next}", file.display()),
    )
    .detail("file", file.display().to_string())
}

fn located(message: String, file: &Path, position: Position) -> Error {
    Error::new(ErrorCode::Config, message)
        .detail("file", file.display().to_string())
        .detail("line", position.line)
        .detail("column", position.column)
}

fn place(file: &Path, position: Position) -> String {
    format!("{}:{}:{}", file.display(), position.line, position.column)
}
