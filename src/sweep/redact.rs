//! Command lines for logs: what looks like a secret is left out.
//!
//! By the name of an option or variable, by the forms of well-known tokens, and by credentials in URLs. It errs towards leaving out; it is no proof
//! that nothing secret is left, which is why environments are not logged at all.

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";

/// Parts of names that say that the value is nobody's business.
const SECRET_NAMES: [&str; 14] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "api-key",
    "api_key",
    "auth",
    "credential",
    "private-key",
    "access-key",
    "session-key",
    "cookie",
];

/// How tokens of well-known services begin.
const TOKEN_PREFIXES: [&str; 12] =
    ["sk-", "pk-", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "npm_", "AKIA", "eyJ"];

/// Shorter words that begin so are words.
const MIN_TOKEN: usize = 12;

/// The command line without secrets.
#[must_use]
pub fn redact(argv: &[String]) -> Vec<String> {
    let mut hide_next = false;
    argv.iter()
        .map(|arg| {
            let hidden = std::mem::replace(&mut hide_next, names_a_secret_value(arg));
            if hidden && !arg.starts_with('-') { HIDDEN.to_owned() } else { redact_one(arg) }
        })
        .collect()
}

/// `--token` or `-H`'s `Authorization:` alone: the secret is the next element.
fn names_a_secret_value(arg: &str) -> bool {
    let name = arg.trim_start_matches('-');
    let is_option = name.len() < arg.len() && !arg.contains(['=', ' ']);
    (is_option && is_secret_name(name))
        || matches!(arg.to_ascii_lowercase().as_str(), "bearer" | "authorization:")
}

fn redact_one(arg: &str) -> String {
    if looks_like_token(arg) {
        return HIDDEN.to_owned();
    }
    if arg.split_once("://").is_some_and(|(before, _)| !is_secret_name(before) && !arg.contains(' ')) {
        return without_credentials(arg);
    }
    // `--token=x`, `API_KEY=x`, `Authorization: Bearer x`.
    for separator in ['=', ':'] {
        if let Some((name, value)) = arg.split_once(separator)
            && !value.is_empty()
            && (is_secret_name(name) || looks_like_token(value))
        {
            return format!("{name}{separator}{HIDDEN}");
        }
    }
    if arg.contains(' ') {
        let words: Vec<String> = arg.split(' ').map(str::to_owned).collect();
        return redact(&words).join(" ");
    }
    arg.to_owned()
}

fn is_secret_name(name: &str) -> bool {
    let name = name.rsplit([' ', '&', '?']).next().unwrap_or(name).to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn looks_like_token(word: &str) -> bool {
    word.len() >= MIN_TOKEN
        && !word.contains(['/', ' '])
        && TOKEN_PREFIXES.iter().any(|prefix| word.starts_with(prefix))
}

/// `https://user:secret@host/?token=x` → `https://[redacted]@host/?token=[redacted]`.
fn without_credentials(arg: &str) -> String {
    let Some((scheme, rest)) = arg.split_once("://") else { return arg.to_owned() };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let host_end = place.find('/').unwrap_or(place.len());
    let place = match place[..host_end].rfind('@') {
        Some(at) => format!("{HIDDEN}{}", &place[at..]),
        None => place.to_owned(),
    };
    match query {
        Some(query) => {
            let parts: Vec<String> = query.split('&').map(redact_one).collect();
            format!("{scheme}://{place}?{}", parts.join("&"))
        }
        None => format!("{scheme}://{place}"),
    }
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
            ("env OPENAI_API_KEY=abc node x.js", "env OPENAI_API_KEY=[redacted] node x.js"),
            ("curl -H Authorization: Bearer abc", "curl -H Authorization: [redacted] [redacted]"),
            ("x ghp_0123456789abcdef", "x [redacted]"),
            ("x FOO=sk-0123456789abcdef", "x FOO=[redacted]"),
            (
                "x https://ann:pw@host/a?access_token=1&b=2",
                "x https://[redacted]@host/a?access_token=[redacted]&b=2",
            ),
            ("psql postgres://u:p@h/db", "psql postgres://[redacted]@h/db"),
        ];
        for (from, to) in table {
            assert_eq!(line(from), to);
        }
        let joined = redact(&["sh".into(), "-c".into(), "deploy --password hunter2 now".into()]);
        assert_eq!(joined[2], "deploy --password [redacted] now");
        assert_eq!(redact(&["-HAuthorization: Bearer abc".into()]), ["-HAuthorization:[redacted]"]);
    }

    #[test]
    fn what_is_no_secret_stays() {
        for it in [
            "node --inspect=9229 server.js --port 3000",
            "vitest run sk-1",
            "x --author",
            "git clone https://host/a?b=c",
            "npm run dev",
        ] {
            let kept = line(it);
            assert!(kept == it || it.contains("--author"), "{kept}");
        }
        assert_eq!(line("server --token --port 3"), "server --token --port 3", "an option is no value");
    }
}
