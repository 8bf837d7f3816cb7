//! Whether a process is meant: by a program of it, and by elements of its command line.
//!
//! Never by one joined string: `vim node-mcp.md` is no MCP server, and `grep vitest` no test runner. Empty criteria are refused, so that
//! nothing matches everybody. Regular expressions take linear time, whoever wrote them.

use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

use super::program::Program;
use crate::model::{Error, ErrorCode, Result};

/// More of an expression than any rule needs; a larger one only takes memory.
const REGEX_SIZE_LIMIT: usize = 256 * 1024;

/// A program, arguments, or both.
#[derive(Debug, Clone)]
pub struct Matcher {
    program: Option<String>,
    args: Vec<Regex>,
}

impl Matcher {
    /// Reads `"program"` or `{ "program": …, "args": […] }`. `name`: of the rule, for messages.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for empty criteria, a program that is no basename, and what is no regular expression.
    pub fn from_json(name: &str, value: &Value) -> Result<Self> {
        let program = value.as_str().or_else(|| value.get("program").and_then(Value::as_str));
        let args: Vec<&str> = match value.get("args") {
            Some(Value::Array(args)) => args.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        Self::new(name, program, &args)
    }

    /// From its parts; see [`Matcher::from_json`].
    ///
    /// # Errors
    /// The same.
    pub fn new(name: &str, program: Option<&str>, args: &[&str]) -> Result<Self> {
        if program.is_none() && args.is_empty() {
            return Err(invalid(
                name,
                "match",
                "names neither a program nor args, which would mean everybody; name one",
            ));
        }
        if let Some(program) = program {
            check_program(name, program)?;
        }
        let patterns = args;
        let args = patterns.iter().map(|pattern| regex(name, pattern)).collect::<Result<Vec<_>>>()?;
        if program.is_none() && args.iter().all(|wanted| wanted.is_match("")) {
            return Err(invalid(name, "match.args", &means_everybody(patterns)));
        }
        Ok(Self { program: program.map(str::to_owned), args })
    }

    /// Whether one of a process's programs is meant.
    #[must_use]
    pub fn matches(&self, programs: &[Program]) -> bool {
        programs.iter().any(|program| self.matches_program(program))
    }

    /// Whether it names a program, and not only arguments.
    #[must_use]
    pub fn names_program(&self) -> bool {
        self.program.is_some()
    }

    fn matches_program(&self, program: &Program) -> bool {
        let named = self.program.as_ref().is_none_or(|wanted| program.names.contains(wanted));
        named && self.matches_in_order(&program.args)
    }

    /// Each expression takes the first element that it matches, behind that of the one before it.
    fn matches_in_order(&self, args: &[String]) -> bool {
        let mut rest = args.iter();
        self.args.iter().all(|wanted| rest.any(|arg| wanted.is_match(arg)))
    }
}

fn check_program(name: &str, program: &str) -> Result<()> {
    if program.is_empty() {
        return Err(invalid(
            name,
            "match",
            "names an empty program; name the basename of the executable or script",
        ));
    }
    if program.contains(char::is_whitespace) || program.contains('/') {
        let fault = format!(
            "names the program '{program}', but a program is a basename without blanks and slashes; put arguments into args, as in \
             {{ program: 'npm', args: ['^run$', '^dev$'] }}"
        );
        return Err(invalid(name, "match", &fault));
    }
    Ok(())
}

fn regex(name: &str, pattern: &str) -> Result<Regex> {
    if pattern.is_empty() {
        return Err(invalid(
            name,
            "match.args",
            "has an empty expression, which matches every argument; leave it out",
        ));
    }
    RegexBuilder::new(pattern).size_limit(REGEX_SIZE_LIMIT).build().map_err(|error| {
        let fault = format!("has '{pattern}', which is no regular expression ({error}); correct it, or escape what is meant as text");
        invalid(name, "match.args", &fault)
    })
}

/// `q*` means any number of q, none included, and stands in every text.
fn means_everybody(patterns: &[&str]) -> String {
    format!(
        "has only expressions that match the empty text ('{}'), which would mean everybody; each is a regular expression, not a glob: write what \
         must be there, as '^q' for what begins with q, or name a program",
        patterns.join("', '")
    )
}

fn invalid(rule: &str, argument: &str, fault: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format!("{argument} of the rule '{rule}' {fault}"))
        .detail("argument", argument)
        .detail("rule", rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::program::programs;
    use crate::sweep::test_processes::process;

    fn matches(matcher: &Matcher, exe: &str, argv: &[&str]) -> bool {
        matcher.matches(&programs(&process(10).exe(exe).argv(argv).build()))
    }

    #[test]
    fn elements_are_matched_one_by_one_and_in_order() {
        let run_dev = Matcher::new("r", Some("npm"), &["^run$", "^dev$"]).unwrap();
        assert!(matches(&run_dev, "/usr/bin/node", &["npm run dev"]));
        assert!(matches(&run_dev, "/usr/bin/node", &["node", "/usr/bin/npm", "run", "--silent", "dev"]));
        assert!(!matches(&run_dev, "/usr/bin/node", &["node", "/usr/bin/npm", "dev", "run"]));
        assert!(!matches(&run_dev, "/usr/bin/node", &["node", "/usr/bin/npm", "run", "develop"]));
        assert!(
            !matches(&run_dev, "/usr/bin/node", &["node", "/usr/bin/npm", "run dev"]),
            "one element is one element"
        );
    }

    #[test]
    fn who_only_reads_of_it_is_not_meant() {
        let mcp = Matcher::new("r", Some("node"), &["mcp"]).unwrap();
        assert!(matches(&mcp, "/usr/bin/node", &["node", "mcp-server.js"]));
        for (exe, argv) in [
            ("/usr/bin/vim", ["vim", "node-mcp.md"]),
            ("/usr/bin/grep", ["grep", "node mcp"]),
            ("/usr/bin/dash", ["sh", "node-mcp"]),
            ("/usr/bin/tail", ["tail", "node.mcp.log"]),
        ] {
            assert!(!matches(&mcp, exe, &argv), "{argv:?}");
        }
    }

    #[test]
    fn what_would_mean_everybody_is_refused() {
        for value in [
            r"{}",
            r#""""#,
            r#"{"args":[]}"#,
            r#"{"args":[""]}"#,
            r#"{"args":["q*"]}"#,
            r#"{"args":[".*","(vite)?"]}"#,
            r#"{"program":""}"#,
            r#""npm run dev""#,
            r#""/usr/bin/node""#,
        ] {
            let value = serde_json::from_str(value).unwrap();
            let error = Matcher::from_json("mine", &value).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            assert!(error.message().contains("'mine'"), "{error}");
        }
        let error = Matcher::new("mine", None, &["q*"]).unwrap_err();
        assert!(error.message().contains("'q*'") && error.message().contains("not a glob"), "{error}");
        assert!(Matcher::new("mine", Some("node"), &["q*"]).is_ok(), "a program is somebody");
        assert!(Matcher::new("mine", None, &[".*", "vite"]).is_ok(), "one that must be there is enough");
        let error = Matcher::new("mine", Some("node"), &["(mcp"]).unwrap_err();
        assert!(error.message().contains("'(mcp'"), "{error}");
    }
}
