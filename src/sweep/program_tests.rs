//! What counts as the program of a process.

use super::*;
use crate::sweep::test_processes::process;

fn names(exe: &str, argv: &[&str]) -> Vec<Vec<String>> {
    programs(&process(10).exe(exe).argv(argv).build()).into_iter().map(|program| program.names).collect()
}

fn has(exe: &str, argv: &[&str], name: &str) -> bool {
    names(exe, argv).iter().flatten().any(|known| known == name)
}

#[test]
fn an_editor_of_a_file_is_the_editor() {
    assert_eq!(names("/usr/bin/vim.basic", &["vim", "node-mcp.md"]), [["vim.basic"]]);
    assert_eq!(names("/usr/bin/grep", &["grep", "-r", "vitest"]), [["grep"]]);
    assert!(!has("/usr/bin/sleep", &["vitest", "100"], "vitest"), "a forged argv[0] names nobody");
}

#[test]
fn the_script_behind_an_interpreter_counts() {
    assert!(has("/usr/bin/node", &["node", "--inspect", "/a/node_modules/.bin/vitest", "run"], "vitest"));
    assert!(has("/usr/bin/node", &["node", "/a/node_modules/vitest/vitest.mjs"], "vitest"));
    assert!(has("/usr/bin/node", &["node", "/a/node_modules/nx/src/daemon/server/start.js"], "nx"));
    assert!(has(
        "/usr/bin/node",
        &["node", "/a/.pnpm/tsx@4/node_modules/tsx/dist/cli.mjs", "watch", "x.ts"],
        "tsx"
    ));
    assert!(has("/usr/bin/python3.12", &["python3", "-m", "mcp_server_time"], "mcp_server_time"));
    assert!(has("/usr/bin/dash", &["/bin/sh", "./bin/nx"], "nx"));
    assert!(has("/bin/busybox", &["sh", "run.sh"], "run"));
}

#[test]
fn what_a_runner_runs_counts_too() {
    let found = names("/usr/bin/node", &["node", "/usr/bin/npx", "-y", "@scope/server-x@1.2", "/tmp"]);
    assert_eq!(found.concat(), ["node", "npx", "@scope/server-x", "server-x"]);
    assert!(has("/usr/bin/node", &["node", "/a/.bin/tsx", "watch", "src/server.ts"], "server"));
}

#[test]
fn a_command_in_a_string_is_no_script() {
    assert_eq!(names("/usr/bin/dash", &["sh", "-c", "vitest run"]), [["dash", "sh"]]);
    assert_eq!(names("/usr/bin/node", &["node", "-e", "require('vitest')"]), [["node"]]);
}

#[test]
fn a_title_is_read_as_words() {
    let npm = programs(&process(10).exe("/usr/bin/node").argv(&["npm run dev", "", ""]).build());
    assert_eq!(npm[1], Program { names: vec!["npm".into()], args: vec!["run".into(), "dev".into()] });
    let worker = programs(&process(10).exe("/usr/bin/node").argv(&["node (vitest 3)"]).build());
    assert_eq!(worker[1], Program { names: vec!["vitest".into()], args: vec!["3".into()] });
    assert!(has("/usr/bin/node", &["npm exec @scope/server-x"], "server-x"));
    // Only an interpreter's title says what it runs.
    assert_eq!(names("/usr/bin/sleep", &["vitest run"]), [["sleep"]]);
}

#[test]
fn a_replaced_executable_keeps_its_name() {
    assert_eq!(names("/usr/bin/esbuild (deleted)", &["esbuild"]), [["esbuild"]]);
}

#[test]
fn without_an_executable_the_first_argument_counts() {
    let hidden = process(10).argv(&["-bash"]).build();
    assert_eq!(programs(&hidden)[0].names, ["bash"]);
    assert_eq!(programs(&process(10).build()), []);
}
