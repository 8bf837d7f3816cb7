//! Command lines of interpreters, and what is no script on them.

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
