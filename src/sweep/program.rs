//! Which programs a process is: its executable, and the script behind it if that is an interpreter, and so on.
//!
//! Pure: works on what a process table says. A command line is evidence and no proof; who is killed is told by identity, elsewhere.
//!
//! | a process | is |
//! |---|---|
//! | `/usr/bin/vim node-mcp.md` | `vim` |
//! | `node --inspect /app/node_modules/.bin/vitest run` | `node`, `vitest` |
//! | `node /app/node_modules/nx/src/daemon/server/start.js` | `node`, `start`, `nx` |
//! | `npx -y @scope/server-x@1.2` (run by node) | `node`, `npx`, `server-x` |
//! | `python3.12 -m mcp_server_time` | `python3.12`, `python`, `mcp_server_time` |
//! | `sh -c "vitest run"` | `sh` |
//! | node with the title `node (vitest 3)` or `npm run dev` | `node`, `vitest`; `node`, `npm` |

use super::interpreter_table::Interpreter;
use super::interpreters::{self, Script};
use crate::model::ProcessInfo;

/// `npm exec` runs npx runs node runs a script: deeper is nobody's.
const MAX_LINKS: usize = 6;

/// What executables are that have one name and many programs: `argv[0]` says which.
const MULTI_CALL: [&str; 4] = ["busybox", "toybox", "coreutils", "uutils"];

/// Endings that a script is known without.
const EXTENSIONS: [&str; 13] =
    ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx", "py", "rb", "pl", "sh", "bash"];

/// One program of a process with the arguments that it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What it is called: basename, without its ending, the package that it is of.
    pub names: Vec<String>,
    /// Its arguments, without its name.
    pub args: Vec<String>,
}

/// The programs of a process, the executable first. Empty where nothing is known of it.
#[must_use]
pub fn programs(process: &ProcessInfo) -> Vec<Program> {
    let argv = process.argv.as_slice();
    let mut found: Vec<Program> = Vec::new();
    let Some(executable) = executable(process) else { return found };
    let interpreter = executable.names.iter().find_map(|name| interpreters::interpreter(name));
    let title = interpreter.and_then(|_| title_words(argv));
    found.push(executable);
    match (interpreter, title) {
        (Some(_), Some(words)) => follow_title(&words, &mut found),
        (Some(interpreter), None) => follow(interpreter, argv.get(1..).unwrap_or_default(), &mut found),
        (None, _) => {}
    }
    found
}

/// By the path of the executable where it can be read, which no process can forge.
fn executable(process: &ProcessInfo) -> Option<Program> {
    let first = process.argv.first().map(|first| base(first).trim_start_matches('-'));
    let by_path = process.exe.as_deref().map(|path| base(path.strip_suffix(" (deleted)").unwrap_or(path)));
    let name = by_path.or(first).filter(|name| !name.is_empty())?;
    let mut names = vec![name.to_owned()];
    if let Some(first) = first.filter(|first| by_path.is_some_and(|path| says_argv_which(path, first))) {
        add(&mut names, first);
    }
    if interpreters::interpreter(name).is_some() {
        add(&mut names, interpreters::without_version(name));
    }
    Some(Program { names, args: process.argv.get(1..).unwrap_or_default().to_vec() })
}

/// `sh` is dash or bash, and everything is busybox.
fn says_argv_which(path: &str, first: &str) -> bool {
    let shell = |name: &str| matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh");
    MULTI_CALL.contains(&path) || (shell(path) && shell(first))
}

/// The words of a title that a process gave itself: it replaces the whole command line by one element.
fn title_words(argv: &[String]) -> Option<Vec<String>> {
    let (title, rest) = argv.split_first()?;
    let is_title = title.contains(' ') && rest.iter().all(String::is_empty);
    is_title.then(|| title.split_whitespace().map(str::to_owned).collect())
}

/// `npm run dev`, or `node (vitest 3)`, as workers of test runners call themselves.
fn follow_title(words: &[String], found: &mut Vec<Program>) {
    let own = words.first().is_some_and(|word| interpreters::interpreter(base(word)).is_some());
    match words.get(1).and_then(|word| word.strip_prefix('(')) {
        Some(name) if own => {
            let args = words[2..].iter().map(|word| word.trim_end_matches(')').to_owned()).collect();
            found.push(Program { names: names_of_path(name.trim_end_matches(')')), args });
        }
        _ => follow_script(&Script { name: &words[0], is_package: false, args: &words[1..] }, found),
    }
}

fn follow(interpreter: &Interpreter, args: &[String], found: &mut Vec<Program>) {
    if let Some(script) = interpreter.script(args) {
        follow_script(&script, found);
    }
}

fn follow_script(script: &Script<'_>, found: &mut Vec<Program>) {
    let names = if script.is_package { names_of_package(script.name) } else { names_of_path(script.name) };
    let next = names.iter().find_map(|name| interpreters::interpreter(name));
    found.push(Program { names, args: script.args.to_vec() });
    if let Some(next) = next.filter(|_| found.len() < MAX_LINKS) {
        follow(next, script.args, found);
    }
}

fn names_of_path(path: &str) -> Vec<String> {
    let file = base(path);
    let mut names = vec![file.to_owned()];
    if let Some((stem, ending)) = file.rsplit_once('.')
        && EXTENSIONS.contains(&ending)
        && !stem.is_empty()
    {
        add(&mut names, stem);
    }
    if let Some(package) = package_of(path) {
        add(&mut names, package);
    }
    names
}

/// The innermost package whose folder the path lies in.
fn package_of(path: &str) -> Option<&str> {
    let (_, inside) = path.rsplit_once("/node_modules/")?;
    let mut parts = inside.split('/');
    let first = parts.next()?;
    let package = if first.starts_with('@') { parts.next()? } else { first };
    // `.bin` is nobody's, and a file that lies there directly is named by itself.
    (!package.starts_with('.') && parts.next().is_some()).then_some(package)
}

/// `@scope/server@1.2` → `@scope/server`, `server`.
fn names_of_package(spec: &str) -> Vec<String> {
    let version = spec.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(spec.len(), |(at, _)| at);
    let package = spec[..version].split("==").next().unwrap_or_default();
    let mut names = vec![package.to_owned()];
    add(&mut names, base(package));
    names
}

fn base(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path)
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
#[path = "program_tests.rs"]
mod tests;
