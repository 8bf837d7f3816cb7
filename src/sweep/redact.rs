//! Command lines for logs: what looks like a secret is left out.
//!
//! By the forms that secrets have in a text (`secret_forms.rs`), and by the place of an argument: behind `--name` or `-u`, behind the `-p` of some programs. It errs
//! towards leaving out; it is no proof that nothing secret is left, which is why environments are not logged at all.

use std::path::Path;

use super::secret_forms::{is_secret_option, redact_text};

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";

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

/// What is shown of the value of an option; `None`: it is not one that hides any.
fn after_option(before: &str, value: &str) -> Option<String> {
    if is_secret_option(before) && !value.starts_with("--") {
        return Some(HIDDEN.to_owned());
    }
    let (user, _) = value.split_once(':').filter(|_| matches!(before, "-u" | "--user" | "--proxy-user"))?;
    // `1000:1000` is a user and a group.
    user.parse::<u32>().is_err().then(|| format!("{user}:{HIDDEN}"))
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
