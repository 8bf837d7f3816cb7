//! The rules of a monitor that was given none: what fills the machine of somebody who develops with MCP servers and test runners.
//!
//! Data. The patterns are those of the scripts that procman takes the place of, told as programs and arguments; limits are filled in by who asks.
//! *Ends by itself*: a command that is stuck when it still runs after [`STUCK`]. Servers and watchers run for days.

use std::time::Duration;

use super::matcher::Matcher;
use super::program::Program;
use super::rule::{Action, Limits, MonitorRule, SUSTAIN, bytes};
use crate::model::Result;

/// After this a command that should end by itself is stuck.
pub(super) const STUCK: Duration = Duration::from_secs(5 * 60);

/// Name, program, expressions for its arguments, whether it ends by itself.
type Row = (&'static str, &'static str, &'static [&'static str], bool);

const ROWS: [Row; 18] = [
    ("vitest", "vitest", &[], true),
    ("nx", "nx", &[], true),
    ("tsc", "tsc", &[], true),
    ("node mcp", "node", &[r"(^|[/@._-])mcp([/._-]|$)"], false),
    ("local-memory", "local-memory", &[], false),
    ("local-memory server", "node", &[r"(^|/)local-memory"], false),
    ("npm run dev", "npm", &["^(run|run-script)$", "^dev$"], false),
    ("npm start", "npm", &["^start$"], false),
    ("npm test", "npm", &["^(test|t)$"], true),
    ("npm run test", "npm", &["^(run|run-script)$", "^test"], true),
    ("tsx watch", "tsx", &["^watch$"], false),
    ("tsx run-agent", "tsx", &["run-agent"], false),
    ("turbo run test", "turbo", &["^run$", "^test"], true),
    ("pnpm run test", "pnpm", &["^(run|test)$"], true),
    ("esbuild service", "esbuild", &["^--service"], false),
    ("vite", "vite", &[], false),
    ("node watch", "node", &["^--watch"], false),
    // A worker of a test runner that calls itself by another name than its runner.
    ("test worker", "node", &[r"(^|/)(vitest|tinypool)/.*worker"], true),
];

/// Programs that belong to somebody's development, whether or not a rule means them.
const DEVELOPMENT: [&str; 16] = [
    "node", "bun", "deno", "npm", "npx", "pnpm", "yarn", "tsx", "ts-node", "vitest", "vite", "nx", "turbo",
    "tsc", "esbuild", "uvx",
];

/// Whether one of a process's programs is counted among those that fill a developer's machine.
pub(super) fn is_development(programs: &[Program]) -> bool {
    programs.iter().flat_map(|program| &program.names).any(|name| DEVELOPMENT.contains(&name.as_str()))
}

/// The rules, each with these limits, the memory in MB.
///
/// # Errors
/// Never: the expressions are tested.
pub fn default_rules(memory_mb: Option<f64>, cpu_percent: Option<f64>) -> Result<Vec<MonitorRule>> {
    let rule = |&(name, program, args, ends): &Row| {
        Ok(MonitorRule {
            name: name.to_owned(),
            matcher: Matcher::new(name, Some(program), args)?,
            limits: Limits { memory: memory_mb.map(bytes), cpu_percent, age: ends.then_some(STUCK) },
            sustain: SUSTAIN,
            action: Action::Observe,
        })
    };
    ROWS.iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::program::programs;
    use crate::sweep::test_processes::process;

    fn rules_for(exe: &str, argv: &[&str]) -> Vec<String> {
        let programs = programs(&process(10).exe(exe).argv(argv).build());
        let rules = default_rules(None, None).unwrap();
        rules.into_iter().filter(|rule| rule.matcher.matches(&programs)).map(|rule| rule.name).collect()
    }

    const NODE: &str = "/usr/bin/node";

    #[test]
    fn every_pattern_of_the_scripts_finds_its_process() {
        let table: [(&str, &str, &[&str]); 16] = [
            ("npm run dev", NODE, &["npm run dev"]),
            ("npm start", NODE, &["npm start"]),
            ("npm test", NODE, &["npm test"]),
            ("npm run test", NODE, &["npm run test:unit"]),
            ("tsx watch", NODE, &["node", "/p/node_modules/.bin/tsx", "watch", "src/main.ts"]),
            ("tsx run-agent", NODE, &["node", "/p/node_modules/.bin/tsx", "scripts/run-agent.ts"]),
            ("vitest", NODE, &["node", "/p/node_modules/.bin/vitest", "run"]),
            ("vitest", NODE, &["node (vitest 1)"]),
            ("test worker", NODE, &["node", "/p/node_modules/vitest/dist/workers/forks.js"]),
            ("turbo run test", "/p/node_modules/turbo-linux-64/bin/turbo", &["turbo", "run", "test"]),
            ("pnpm run test", NODE, &["node", "/usr/bin/pnpm", "run", "test"]),
            (
                "esbuild service",
                "/p/node_modules/@esbuild/linux-x64/bin/esbuild",
                &["esbuild", "--service=0.25.1", "--ping"],
            ),
            ("vite", NODE, &["node", "/p/node_modules/.bin/vite"]),
            ("node watch", NODE, &["node", "--watch", "server.js"]),
            ("nx", NODE, &["node", "/p/node_modules/nx/src/daemon/server/start.js"]),
            ("tsc", NODE, &["node", "/p/node_modules/typescript/bin/tsc", "--watch"]),
        ];
        for (rule, exe, argv) in table {
            let found = rules_for(exe, argv);
            assert!(found.iter().any(|name| name == rule), "{rule}: {argv:?} matched {found:?}");
        }
        for argv in [
            ["node", "mcp-server.js"],
            ["node", "/p/packages/asana-mcp/dist/index.js"],
            ["node", "/p/mcp/index.js"],
        ] {
            assert_eq!(rules_for(NODE, &argv), ["node mcp"], "{argv:?}");
        }
        assert!(
            rules_for(NODE, &["node", "local-memory-mcp-server.js"])
                .contains(&"local-memory server".to_owned())
        );
    }

    #[test]
    fn bystanders_are_nobodys() {
        let table: [(&str, &[&str]); 10] = [
            ("/usr/bin/vim", &["vim", "node-mcp.md"]),
            ("/usr/bin/nvim", &["nvim", "vitest.config.ts"]),
            ("/usr/bin/grep", &["grep", "-r", "tsx watch"]),
            ("/usr/bin/tail", &["tail", "-f", "vitest.log"]),
            ("/usr/bin/dash", &["sh", "-c", "echo vitest"]),
            ("/usr/bin/ssh", &["ssh", "host", "npm", "run", "dev"]),
            (NODE, &["node", "server.js", "--log", "vitest.log"]),
            (NODE, &["npm install mcp-helper"]),
            (NODE, &["node", "/p/tsconfig-check.js"]),
            ("/usr/bin/less", &["less", "npm run dev"]),
        ];
        for (exe, argv) in table {
            assert_eq!(rules_for(exe, argv), Vec::<String>::new(), "{argv:?}");
        }
    }
}
