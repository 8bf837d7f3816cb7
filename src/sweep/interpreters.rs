//! Programs that run other programs' scripts, and how their command lines say which.
//!
//! Data, and the one function that reads a command line by it. Knows nothing of processes.

/// How one family of interpreters is called.
pub(super) struct Interpreter {
    /// Basenames; a version behind them (`python3.12`) makes no difference.
    names: &'static [&'static str],
    /// Letters of short options that take the next word, unless their value is attached.
    short_with_value: &'static str,
    /// Long options that take the next word, unless it is attached by `=`.
    long_with_value: &'static [&'static str],
    /// Options that bring the program themselves: no script follows.
    inline: &'static [&'static str],
    /// The letter of the short option whose value is a module to run.
    module: Option<char>,
    /// Commands of its own that may stand before the script.
    commands: &'static [&'static str],
    /// Without one of `commands` no script follows.
    needs_command: bool,
    /// What it runs is named like a package, perhaps with a version.
    runs_packages: bool,
}

const PLAIN: Interpreter = Interpreter {
    names: &[],
    short_with_value: "",
    long_with_value: &[],
    inline: &[],
    module: None,
    commands: &[],
    needs_command: false,
    runs_packages: false,
};

const NODE_VALUES: &[&str] = &[
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "--conditions",
    "--env-file",
    "--title",
    "--input-type",
    "--icu-data-dir",
    "--openssl-config",
    "--redirect-warnings",
    "--diagnostic-dir",
    "--report-dir",
    "--report-directory",
    "--cpu-prof-dir",
    "--heap-prof-dir",
    "--unhandled-rejections",
    "--watch-path",
    "--test-name-pattern",
    "--test-reporter",
    "--test-reporter-destination",
    "--test-concurrency",
    "--dns-result-order",
    "--trace-event-categories",
    "--tsconfig",
];

const INTERPRETERS: [Interpreter; 14] = [
    Interpreter {
        names: &["node", "nodejs", "tsx", "ts-node"],
        short_with_value: "rC",
        long_with_value: NODE_VALUES,
        inline: &["-e", "-p", "--eval", "--print", "--run"],
        commands: &["watch", "inspect"],
        ..PLAIN
    },
    Interpreter {
        names: &["bun"],
        short_with_value: "rc",
        long_with_value: &["--preload", "--cwd", "--config", "--env-file"],
        inline: &["-e", "-p", "--eval", "--print"],
        commands: &["run", "x"],
        ..PLAIN
    },
    Interpreter {
        names: &["deno"],
        short_with_value: "c",
        long_with_value: &["--config", "--import-map", "--lock", "--env-file"],
        commands: &["run", "serve"],
        needs_command: true,
        ..PLAIN
    },
    Interpreter {
        names: &["sh", "bash", "dash", "ash", "zsh", "ksh"],
        short_with_value: "oO",
        long_with_value: &["--rcfile", "--init-file"],
        inline: &["-c", "-s"],
        ..PLAIN
    },
    Interpreter {
        names: &["python", "pypy"],
        short_with_value: "WXQ",
        long_with_value: &["--check-hash-based-pycs"],
        inline: &["-c"],
        module: Some('m'),
        ..PLAIN
    },
    Interpreter { names: &["ruby"], short_with_value: "IrCE", inline: &["-e"], ..PLAIN },
    Interpreter { names: &["perl"], short_with_value: "IMm", inline: &["-e", "-E"], ..PLAIN },
    Interpreter {
        names: &["npx", "pnpx", "bunx"],
        short_with_value: "pw",
        long_with_value: &["--package", "--workspace", "--registry", "--cache", "--userconfig"],
        inline: &["-c", "--call"],
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["npm"],
        short_with_value: "w",
        long_with_value: &["--package", "--prefix", "--workspace", "--registry", "--cache", "--userconfig"],
        inline: &["-c", "--call"],
        commands: &["exec", "x"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["pnpm"],
        short_with_value: "CF",
        long_with_value: &["--dir", "--filter", "--package"],
        inline: &["-c", "--shell-mode"],
        commands: &["exec", "dlx"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["yarn", "yarnpkg"],
        short_with_value: "p",
        long_with_value: &["--cwd", "--package"],
        commands: &["exec", "dlx"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["uvx"],
        short_with_value: "p",
        long_with_value: &["--from", "--with", "--python", "--directory", "--index-url"],
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["uv"],
        short_with_value: "p",
        long_with_value: &["--from", "--with", "--python", "--directory", "--project", "--env-file"],
        commands: &["run", "tool"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
    Interpreter {
        names: &["pipx"],
        long_with_value: &["--spec", "--python"],
        commands: &["run"],
        needs_command: true,
        runs_packages: true,
        ..PLAIN
    },
];

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
mod tests {
    use super::*;

    /// The script of a command line and the number of words behind it.
    fn script(line: &str) -> Option<(String, usize)> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let found = interpreter(&words[0]).unwrap().script(&words[1..])?;
        Some((found.name.to_owned(), found.args.len()))
    }

    #[test]
    fn options_of_the_interpreter_are_no_script() {
        let table = [
            ("node server.js", "server.js", 0),
            ("node --inspect=0 --max-old-space-size=64 server.js a b", "server.js", 2),
            ("node -r ts-node/register --import ./hook.mjs server.js", "server.js", 0),
            ("node --require=x server.js", "server.js", 0),
            ("node -- -odd.js x", "-odd.js", 1),
            ("tsx watch src/index.ts", "src/index.ts", 0),
            ("tsx --tsconfig t.json src/index.ts", "src/index.ts", 0),
            ("bash -eu -o pipefail run.sh now", "run.sh", 1),
            ("bash -euo pipefail run.sh", "run.sh", 0),
            ("sh +x run.sh", "run.sh", 0),
            ("python3.12 -W ignore -u tool.py", "tool.py", 0),
            ("python -Wignore tool.py", "tool.py", 0),
            ("python3 -um http.server 80", "http.server", 1),
            ("python3 -m mcp_server_time", "mcp_server_time", 0),
            ("npx -y --package x @scope/server@1.2 /tmp", "@scope/server@1.2", 1),
            ("npm exec -- vitest run", "vitest", 1),
            ("pnpm dlx cowsay hi", "cowsay", 1),
            ("uvx --from mcp mcp-server-git -v", "mcp-server-git", 1),
            ("uv tool run ruff check", "ruff", 1),
            ("bun run dev.ts", "dev.ts", 0),
            ("perl -Ilib -w x.pl", "x.pl", 0),
            ("ruby -r json x.rb", "x.rb", 0),
        ];
        for (line, name, behind) in table {
            assert_eq!(script(line), Some((name.to_owned(), behind)), "{line}");
        }
    }

    #[test]
    fn a_program_on_the_command_line_is_no_script() {
        let lines = [
            "node",
            "node -e vitest.js",
            "node -pe 1 vitest",
            "node --eval=1 vitest",
            "node -",
            "sh -c vitest",
            "bash -lc vitest",
            "bash -s vitest",
            "python3 -c vitest",
            "python3 -Ic vitest",
            "npm run vitest",
            "npm install vitest",
            "pnpm test vitest",
            "deno vitest",
            "uv sync vitest",
            "perl -ne vitest",
            "npx",
            "node --run vitest",
        ];
        for line in lines {
            assert_eq!(script(line), None, "{line}");
        }
    }

    #[test]
    fn what_only_begins_like_an_interpreter_is_none() {
        for name in ["nodemon", "pythonista", "shell", "npm-check", "bundle", "7z"] {
            assert!(interpreter(name).is_none(), "{name}");
        }
        assert!(interpreter("python3.12").is_some());
    }
}
