//! Which script an interpreter runs, read from its command line by the table in [`super::interpreter_table`]. Knows nothing of processes.

use super::interpreter_table::{INTERPRETERS, Interpreter};

/// Where on a command line the script is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script<'a> {
    /// A path, the name of a module, or that of a package.
    pub(super) name: &'a str,
    /// It is a package, perhaps with a version.
    pub(super) is_package: bool,
    /// What stands behind it.
    pub(super) args: &'a [String],
}

/// The interpreter of this basename, if it is one.
pub(super) fn interpreter(name: &str) -> Option<&'static Interpreter> {
    let plain = without_version(name);
    INTERPRETERS.iter().find(|known| known.names.contains(&name) || known.names.contains(&plain))
}

/// `python3.12` → `python`. Names that are nothing but a version stay.
pub(super) fn without_version(name: &str) -> &str {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if plain.is_empty() { name } else { plain.trim_end_matches('-') }
}

/// What a word of the command line is to its interpreter.
enum Word<'a> {
    /// An option that stands alone.
    Option,
    /// An option; the next word is its value.
    TakesNext,
    /// The program came with it, or from standard input.
    Inline,
    /// The next word is a module.
    ModuleNext,
    /// A module, attached to its option.
    Module(&'a str),
    /// The end of the options.
    End,
    /// No option.
    Plain,
}

impl Interpreter {
    /// The script on a command line; `args` stand behind the interpreter's own name.
    pub(super) fn script<'a>(&self, args: &'a [String]) -> Option<Script<'a>> {
        let mut commanded = !self.needs_command;
        let mut at = 0;
        while let Some(word) = args.get(at) {
            at += 1;
            match self.read(word) {
                Word::Option => {}
                Word::TakesNext => at += 1,
                Word::Inline => return None,
                Word::ModuleNext => return self.found(args, at),
                Word::Module(name) => return Some(Script { name, is_package: false, args: &args[at..] }),
                Word::End => return commanded.then(|| self.found(args, at)).flatten(),
                Word::Plain if self.commands.contains(&word.as_str()) => commanded = true,
                // `uv tool run ruff`: a command behind a command.
                Word::Plain if commanded && self.runs_packages && word == "run" => {}
                Word::Plain => return commanded.then(|| self.found(args, at - 1)).flatten(),
            }
        }
        None
    }

    fn found<'a>(&self, args: &'a [String], at: usize) -> Option<Script<'a>> {
        let name = args.get(at).filter(|name| !name.is_empty())?;
        Some(Script { name, is_package: self.runs_packages, args: &args[at + 1..] })
    }

    fn read<'a>(&self, word: &'a str) -> Word<'a> {
        match word {
            "--" => return Word::End,
            // The program comes from standard input.
            "-" => return Word::Inline,
            _ => {}
        }
        if self.inline.contains(&word) {
            return Word::Inline;
        }
        if let Some(long) = word.strip_prefix("--") {
            let name = long.split('=').next().unwrap_or_default();
            let attached = name.len() < long.len();
            return match &word[..name.len() + 2] {
                option if self.inline.contains(&option) => Word::Inline,
                option if self.long_with_value.contains(&option) && !attached => Word::TakesNext,
                _ => Word::Option,
            };
        }
        match word.strip_prefix('-').or_else(|| word.strip_prefix('+')) {
            Some(letters) => self.read_letters(letters),
            None => Word::Plain,
        }
    }

    /// Short options joined in one word, as in `-euo`.
    fn read_letters<'a>(&self, letters: &'a str) -> Word<'a> {
        for (at, letter) in letters.char_indices() {
            let rest = &letters[at + letter.len_utf8()..];
            if self.inline.iter().any(|option| option.len() == 2 && option.ends_with(letter)) {
                return Word::Inline;
            }
            if self.module == Some(letter) {
                return if rest.is_empty() { Word::ModuleNext } else { Word::Module(rest) };
            }
            if self.short_with_value.contains(letter) {
                return if rest.is_empty() { Word::TakesNext } else { Word::Option };
            }
        }
        Word::Option
    }
}

#[cfg(test)]
#[path = "interpreters_tests.rs"]
mod tests;
