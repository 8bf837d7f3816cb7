//! How a unit shares the terminal of its host.

/// The process group that a command has on its host's terminal. Either way it stays in the host's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TerminalMode {
    /// A group of its own, which gets the foreground while the host's group would have it.
    Foreground,
    /// The host's group, as any other command of a pipeline: the terminal treats host, command and neighbours alike.
    Job,
}

impl TerminalMode {
    /// As a word of a command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Foreground => "foreground",
            Self::Job => "job",
        }
    }

    /// The mode of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Foreground, Self::Job].into_iter().find(|mode| mode.word() == word)
    }
}
