//! The layers of `src/` hold: imports point down, and what is dangerous stays where it belongs.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Top to bottom. A layer may import those of a later row and nothing of its own row but itself.
const LAYERS: [&[&str]; 9] = [
    &["binding"],
    &["engine"],
    &["pool"],
    &["mcp"],
    &["sweep"],
    &["semaphore", "process"],
    &["guard"],
    &["sys"],
    &["model"],
];

/// Words that only some folders may use, and why.
const RESERVED: [(&str, &[&str], &str); 3] = [
    ("napi", &["binding"], "the engine builds without Node"),
    ("napi_derive", &["binding"], "the engine builds without Node"),
    ("unsafe", &["sys"], "a proof is needed where system calls are made, nowhere else"),
];

/// What needs two reserved things at once.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("src/binding/large_text.rs", "unsafe", "a function of Node-API that the napi crate cannot call safely"),
    ("src/binding/slot_gate.rs", "unsafe", "memory that JavaScript and other threads have at the same time"),
];

/// Files that stay free of tokio: the guard is one small thread.
const WITHOUT_TOKIO: [&str; 3] = ["src/guard", "src/sys/linux", "src/bin"];

#[test]
fn every_import_points_down() {
    let found: Vec<String> = sources().iter().flat_map(|(path, text)| violations(path, text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_module_of_the_crate_has_a_layer() {
    let root = fs::read_to_string("src/lib.rs").unwrap();
    let unknown: Vec<_> = words(&code_of(&root))
        .windows(2)
        .filter(|pair| pair[0] == "mod" && rank(&pair[1]).is_none())
        .map(|pair| pair[1].clone())
        .collect();
    assert!(unknown.is_empty(), "modules without a layer: {unknown:?}");
}

/// Negative control: each rule finds what it forbids, and leaves alone what it does not.
#[test]
fn tests_inside_the_binding_ran_in_no_suite() {
    let binding = sources().into_iter().filter(|(path, _)| path.starts_with("src/binding"));
    let (with, without): (Vec<_>, Vec<_>) = binding.partition(|(_, text)| text.contains("cfg(test)"));
    let with: Vec<&PathBuf> = with.iter().map(|(path, _)| path).collect();
    assert!(!without.is_empty());
    assert!(
        with.is_empty(),
        "cargo test builds without Node: test these from JavaScript, or move them down: {with:?}"
    );
}

#[test]
fn a_forbidden_import_is_found() {
    let forbidden = [
        ("src/model/x.rs", "use crate::sys::fd;"),
        ("src/semaphore/x.rs", "use crate::process::tree;"),
        ("src/guard/x.rs", "use crate::{\n    model::Error,\n    mcp::{framing, config},\n};"),
        ("src/guard/server/x.rs", "use super::super::super::engine::Engine;"),
        ("src/sys/mod.rs", "use super::guard::client;"),
        ("src/mcp/x.rs", "fn f() { crate::pool::checkout(); }"),
        ("src/mcp/x.rs", "use napi::Env;"),
        ("src/guard/x.rs", "use tokio::sync::mpsc;"),
        ("src/process/x.rs", "unsafe { libc::getpid() };"),
    ];
    for (path, text) in forbidden {
        assert_eq!(violations(Path::new(path), text).len(), 1, "{path}: {text}");
    }
    let harmless = [
        ("src/guard/x.rs", "//! See [`crate::engine`].\nuse crate::{model::Error, sys::fd};"),
        ("src/guard/server/x.rs", "use super::super::protocol;"),
        ("src/semaphore/fifo.rs", "use super::wait_list; use crate::semaphore::Waiter;"),
        ("src/lib.rs", "#[cfg(feature = \"napi\")]\nmod binding;"),
        ("src/sys/x.rs", "#![expect(unsafe_code, reason = \"r\")]\nunsafe { libc::getpid() };"),
        ("src/pool/x.rs", "use tokio::sync::mpsc;"),
    ];
    for (path, text) in harmless {
        assert_eq!(violations(Path::new(path), text), Vec::<String>::new());
    }
}

fn violations(path: &Path, text: &str) -> Vec<String> {
    let module = module_of(path);
    let layer = module.first().map_or("", String::as_str);
    let words = words(&code_of(text));
    let mut found = Vec::new();
    for target in imported_layers(&words, &module) {
        if target != layer && !points_down(layer, &target) {
            found.push(format!("{}: {layer} imports {target}", path.display()));
        }
    }
    for (word, folders, reason) in RESERVED {
        if !folders.contains(&layer) && !excepted(path, word) && words.iter().any(|found| found == word) {
            found.push(format!("{}: `{word}` outside {folders:?}: {reason}", path.display()));
        }
    }
    if WITHOUT_TOKIO.iter().any(|folder| path.starts_with(folder)) && words.iter().any(|word| word == "tokio")
    {
        found.push(format!("{}: `tokio` in a file that stays free of it", path.display()));
    }
    found
}

fn excepted(path: &Path, word: &str) -> bool {
    EXCEPTIONS.iter().any(|(file, its, _)| path == Path::new(file) && word == *its)
}

fn points_down(from: &str, to: &str) -> bool {
    match (rank(from), rank(to)) {
        (Some(from), Some(to)) => from < to,
        // `lib.rs` and the binaries stand above all layers.
        _ => true,
    }
}

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&layer))
}

/// The layers named after `crate::` or after enough `super::` to leave the own one.
fn imported_layers(words: &[String], module: &[String]) -> Vec<String> {
    let mut layers = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let ups = words[at..].iter().step_by(2).take_while(|word| *word == "super").count();
        let is_crate = words[at] == "crate" && words.get(at + 1).is_some_and(|word| word == "::");
        if is_crate {
            layers.extend(path_heads(&words[at + 2..]));
            at += 2;
        } else if ups > 0 {
            let rest = at + 2 * ups;
            if ups >= module.len() && rest < words.len() {
                layers.extend(path_heads(&words[rest..]));
            }
            at = rest;
        } else {
            at += 1;
        }
    }
    layers.retain(|name| rank(name).is_some());
    layers
}

/// `a::b` gives `a`; `{a::b, c::{d}}` gives `a` and `c`.
fn path_heads(words: &[String]) -> Vec<String> {
    if words.first().is_none_or(|word| word != "{") {
        return words.first().cloned().into_iter().collect();
    }
    let mut depth = 0;
    let mut heads = Vec::new();
    for pair in words.windows(2) {
        match pair[0].as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (pair[0] == "{" || pair[0] == ",") {
            heads.push(pair[1].clone());
        }
    }
    heads
}

/// Identifiers and the punctuation that paths are made of.
fn words(code: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(first) = chars.next() {
        if first.is_alphanumeric() || first == '_' {
            let mut word = String::from(first);
            while let Some(next) = chars.next_if(|next| next.is_alphanumeric() || *next == '_') {
                word.push(next);
            }
            words.push(word);
        } else if first == ':' && chars.next_if_eq(&':').is_some() {
            words.push("::".to_owned());
        } else if !first.is_whitespace() {
            words.push(first.to_string());
        }
    }
    words
}

/// Without comments and without the contents of one-line strings.
fn code_of(text: &str) -> String {
    let without_comments = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    without_comments
        .map(|line| line.split('"').step_by(2).collect::<Vec<_>>().join("\"\""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// `src/guard/server/mod.rs` is `[guard, server]`.
fn module_of(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    let mut parts: Vec<String> =
        inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![PathBuf::from("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(files.len() > 10, "run from the root of the package");
    files
}
