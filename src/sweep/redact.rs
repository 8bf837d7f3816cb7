//! Command lines for logs: what looks like a secret is left out.
//!
//! By the name of an option, variable, header or field, by the forms of well-known tokens, and by credentials in URLs. It errs towards leaving out; it is
//! no proof that nothing secret is left, which is why environments are not logged at all.
//!
//! | form | what is left |
//! |---|---|
//! | `Authorization: …`, `Cookie: …`, in whatever is around it | the name |
//! | `NAME=value`, `name: value`, `"name": "value"`, wherever the name says that it is a secret | the name |
//! | `--name value`, in one element or in two | the name |
//! | `Bearer value`, `-u user:value`, `mysql -pvalue` | all but the value |
//! | `scheme://user:value@host` | scheme and host |
//! | how the tokens of well-known services begin | nothing |

use std::path::Path;
use std::sync::LazyLock;

use regex_lite::{Regex, RegexBuilder};

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";

/// A name with a part that says that the value is nobody's business; the short ones must be its last part, so `MONKEY` is none.
const NAME: &str = r"[\w.-]*(?:(?:token|secret|password|passwd|passphrase|(?:api|access|account|private|session|shared)[_-]?key|auth|credential|cookie)[\w.-]*|(?:\b|[_.-])(?:pass|pwd|pw|key))";

/// All of an element is one name and its value, whatever characters that has.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| form(&format!(r"(?s)^({NAME}[=:]\s*).+$")));

/// To the end of the quotes around it, or of the line.
static QUOTED_HEADER: LazyLock<Regex> =
    LazyLock::new(|| form(r#"("[\w-]*(?:authorization|cookie)\s*:\s*)[^"\r\n]+"#));
static SINGLE_QUOTED_HEADER: LazyLock<Regex> =
    LazyLock::new(|| form(r"('[\w-]*(?:authorization|cookie)\s*:\s*)[^'\r\n]+"));
static HEADER: LazyLock<Regex> =
    LazyLock::new(|| form(r#"((?:^|[^"'\w-])[\w-]*(?:authorization|cookie)\s*:\s*)[^\r\n]+"#));

static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    form(&format!(r#"({NAME}\\?["']?\s*[=:]\s*\\?)(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s;,&\#"'{{}}]+)"#))
});

static OPTION: LazyLock<Regex> =
    LazyLock::new(|| form(&format!(r#"((?:^|\s)--?{NAME}\s+)(?:"[^"]*"?|'[^']*'?|-?[^\s-]\S*)"#)));

static SCHEME: LazyLock<Regex> = LazyLock::new(|| form(r#"(\b(?:bearer|basic)\s+)[^\s"']+"#));

static USER: LazyLock<Regex> =
    LazyLock::new(|| form(r#"((?:^|\s)(?:-u|--user|--proxy-user)[\s=]*[^\s:/"'-][^\s:/"']*:)[^\s/"']+"#));

static URL: LazyLock<Regex> = LazyLock::new(|| form(r#"(://)[^/\s?\#"']*@"#));

/// Shorter words that begin so are words.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    form(
        r#"(^|[\s=:,;&\#"'(){}])(?-i:sk-|pk-|ghp_|gho_|ghs_|github_pat_|glpat-|xoxb-|xoxp-|npm_|AKIA|eyJ)[\w.+=-]{8,}"#,
    )
});

/// Each form, and what is put in its place.
static FORMS: [(&LazyLock<Regex>, &str); 10] = [
    (&WHOLE, "${1}[redacted]"),
    (&QUOTED_HEADER, "${1}[redacted]"),
    (&SINGLE_QUOTED_HEADER, "${1}[redacted]"),
    (&HEADER, "${1}[redacted]"),
    (&ASSIGNED, "${1}[redacted]"),
    (&OPTION, "${1}[redacted]"),
    (&SCHEME, "${1}[redacted]"),
    (&USER, "${1}[redacted]"),
    (&URL, "${1}[redacted]@"),
    (&TOKEN, "${1}[redacted]"),
];

/// An option that has its value behind it, in the next element.
static SECRET_OPTION: LazyLock<Regex> =
    LazyLock::new(|| form(&format!("^(?:--?{NAME}|bearer|basic|authorization:)$")));

/// Programs whose `-p` has the password right behind it.
const SHORT_PASSWORD: [&str; 6] = ["mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", SSHPASS];

/// Takes it as the next element too.
const SSHPASS: &str = "sshpass";

/// The command line without secrets.
#[must_use]
pub fn redact(argv: &[String]) -> Vec<String> {
    let program = argv.first().and_then(|command| Path::new(command).file_name()).unwrap_or_default();
    let takes_short = SHORT_PASSWORD.iter().any(|known| program == *known);
    let mut before = "";
    argv.iter()
        .map(|arg| {
            let shown = after_option(before, arg).unwrap_or_else(|| redact_text(arg));
            let is_next = program == SSHPASS && before == "-p";
            before = arg;
            if is_next {
                HIDDEN.to_owned()
            } else if takes_short && shown.starts_with("-p") && shown.len() > 2 {
                format!("-p{HIDDEN}")
            } else {
                shown
            }
        })
        .collect()
}

/// One text without secrets.
#[must_use]
fn redact_text(text: &str) -> String {
    FORMS.iter().fold(text.to_owned(), |text, (form, with)| form.replace_all(&text, *with).into_owned())
}

/// What is shown of the value of an option; `None`: it is not one that hides any.
fn after_option(before: &str, value: &str) -> Option<String> {
    if SECRET_OPTION.is_match(before) && !value.starts_with("--") {
        return Some(HIDDEN.to_owned());
    }
    let (user, _) = value.split_once(':').filter(|_| matches!(before, "-u" | "--user" | "--proxy-user"))?;
    // `1000:1000` is a user and a group.
    user.parse::<u32>().is_err().then(|| format!("{user}:{HIDDEN}"))
}

fn form(pattern: &str) -> Regex {
    let regex = RegexBuilder::new(pattern).case_insensitive(true).build();
    regex.expect("an expression of this file")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: &str) -> String {
        redact(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).join(" ")
    }

    #[test]
    fn secrets_are_left_out() {
        let table = [
            ("server --token abc --port 3", "server --token [redacted] --port 3"),
            ("server --api-key=abc", "server --api-key=[redacted]"),
            ("server --password -x", "server --password [redacted]"),
            ("server --key=abc", "server --key=[redacted]"),
            ("server --password=#hunter2", "server --password=[redacted]"),
            ("env DB_PASSWORD=,a&b;c", "env DB_PASSWORD=[redacted]"),
            ("az AccountKey=abc== x", "az AccountKey=[redacted] x"),
            ("sshpass -p hunter2 ssh host", "sshpass -p [redacted] ssh host"),
            ("env OPENAI_API_KEY=abc node x.js", "env OPENAI_API_KEY=[redacted] node x.js"),
            ("env DB_PASS=a MYSQL_PWD=b x", "env DB_PASS=[redacted] MYSQL_PWD=[redacted] x"),
            ("docker run --env=API_KEY=abc x", "docker run --env=API_KEY=[redacted] x"),
            ("helm --set=a=1,db.password=x,b=2", "helm --set=a=1,db.password=[redacted],b=2"),
            ("curl -H Authorization: Bearer abc", "curl -H Authorization: [redacted] [redacted]"),
            ("curl -u ann:pw http://host", "curl -u ann:[redacted] http://host"),
            ("docker run -u 1000:1000 x", "docker run -u 1000:1000 x"),
            ("/usr/bin/mysql -uroot -pabc db", "/usr/bin/mysql -uroot -p[redacted] db"),
            ("x ghp_0123456789abcdef", "x [redacted]"),
            ("x FOO=sk-0123456789abcdef", "x FOO=[redacted]"),
            (
                "x https://ann:p@w@host/a?access_token=1&b=2#id_token=3",
                "x https://[redacted]@host/a?access_token=[redacted]&b=2#id_token=[redacted]",
            ),
            ("psql postgres://u:p@h/db", "psql postgres://[redacted]@h/db"),
            ("db Server=h;Password=x;Port=1", "db Server=h;Password=[redacted];Port=1"),
        ];
        for (from, to) in table {
            assert_eq!(line(from), to);
        }
    }

    #[test]
    fn secrets_inside_of_one_element_are_left_out() {
        let table = [
            ("deploy --password hunter2 now", "deploy --password [redacted] now"),
            ("deploy --password 'hunter 2' now", "deploy --password [redacted] now"),
            ("-HAuthorization: Bearer abc", "-HAuthorization: [redacted]"),
            ("curl -H \"Authorization: Bearer abc def\" x", "curl -H \"Authorization: [redacted]\" x"),
            ("--password=two words of it's", "--password=[redacted]"),
            ("Cookie: a=\"b\"; session=xyz123", "Cookie: [redacted]"),
            ("curl -H 'Cookie: a=\"b\"; c' x", "curl -H 'Cookie: [redacted]' x"),
            ("X=1\nTOKEN=abc\ny", "X=1\nTOKEN=[redacted]\ny"),
            (r#"{"port":1,"token":"a \" b","c":2}"#, r#"{"port":1,"token":[redacted],"c":2}"#),
            ("curl -u ann:pw http://host", "curl -u ann:[redacted] http://host"),
        ];
        for (from, to) in table {
            assert_eq!(redact(&["sh".into(), from.into()])[1], to);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for it in [
            "node --inspect=9229 server.js --port 3000",
            "vitest run sk-1",
            "x --author",
            "x MONKEY=1 --keyboard=de --key-file=a.pem",
            "git clone https://host/a?b=c",
            "npm run dev",
            "grep -p x",
        ] {
            assert_eq!(line(it), it);
        }
        assert_eq!(line("server --token --port 3"), "server --token --port 3", "an option is no value");
    }
}
