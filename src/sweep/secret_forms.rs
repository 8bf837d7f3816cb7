//! The forms that secrets have in a text. What is said of a command line by the place of an argument, `redact.rs` says.
//!
//! | form | what is left |
//! |---|---|
//! | `Authorization: …`, `Cookie: …`, in whatever is around it | the name |
//! | `NAME=value`, `name: value`, `"name": "value"`, wherever the name says that it is a secret | the name |
//! | `--name value` | the name |
//! | `Bearer value`, `-u user:value` | all but the value |
//! | `scheme://user:value@host` | scheme and host |
//! | how the tokens of well-known services begin | nothing |
//!
//! A form is looked for only in a text that has a sign or a word that each of its matches has: the expressions take 30 µs for an argument without
//! secrets, and a stop writes a line for each of a thousand processes while somebody waits for it.

use std::sync::LazyLock;

use regex_lite::{Regex, RegexBuilder};

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
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| form(&format!(r#"(^|[\s=:,;&\#"'(){{}}])(?-i:{})[\w.+=-]{{8,}}"#, TOKENS.join("|"))));

/// An option that has its value behind it.
static SECRET_OPTION: LazyLock<Regex> =
    LazyLock::new(|| form(&format!("^(?:--?{NAME}|bearer|basic|authorization:)$")));

/// How the tokens of well-known services begin.
const TOKENS: [&str; 12] =
    ["sk-", "pk-", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "npm_", "AKIA", "eyJ"];

/// Each [`NAME`] has one of these in it, in capitals or not.
const SECRET_WORDS: [&str; 9] =
    ["token", "secret", "pass", "pwd", "pw", "key", "auth", "credential", "cookie"];

/// One form.
struct Form {
    regex: &'static LazyLock<Regex>,
    /// What is put in the place of a match.
    with: &'static str,
    /// Whether a text may have a match; says no only where there is none.
    may_be_in: fn(&str) -> bool,
}

static FORMS: [Form; 10] = [
    Form { regex: &WHOLE, with: "${1}[redacted]", may_be_in: has_assignment },
    Form { regex: &QUOTED_HEADER, with: "${1}[redacted]", may_be_in: has_assignment },
    Form { regex: &SINGLE_QUOTED_HEADER, with: "${1}[redacted]", may_be_in: has_assignment },
    Form { regex: &HEADER, with: "${1}[redacted]", may_be_in: has_assignment },
    Form { regex: &ASSIGNED, with: "${1}[redacted]", may_be_in: has_assignment },
    Form {
        regex: &OPTION,
        with: "${1}[redacted]",
        may_be_in: |text| has_space(text) && has_secret_word(text),
    },
    Form { regex: &SCHEME, with: "${1}[redacted]", may_be_in: has_space },
    Form { regex: &USER, with: "${1}[redacted]", may_be_in: |text| text.contains(':') },
    Form { regex: &URL, with: "${1}[redacted]@", may_be_in: |text| text.contains('@') },
    Form { regex: &TOKEN, with: "${1}[redacted]", may_be_in: has_token },
];

/// One text without secrets.
#[must_use]
pub(super) fn redact_text(text: &str) -> String {
    FORMS.iter().fold(
        text.to_owned(),
        |text, form| if (form.may_be_in)(&text) { form.replace_in(&text) } else { text },
    )
}

/// Whether this element has its value behind it, in the next one.
#[must_use]
pub(super) fn is_secret_option(element: &str) -> bool {
    let is_scheme = ["bearer", "basic"].iter().any(|scheme| element.eq_ignore_ascii_case(scheme));
    (is_scheme || has_secret_word(element)) && SECRET_OPTION.is_match(element)
}

impl Form {
    fn replace_in(&self, text: &str) -> String {
        self.regex.replace_all(text, self.with).into_owned()
    }
}

fn has_assignment(text: &str) -> bool {
    text.contains(['=', ':']) && has_secret_word(text)
}

/// As `\s` of an expression means it.
fn has_space(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_whitespace() || byte == b'\x0b')
}

fn has_secret_word(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| text.contains(word))
}

fn has_token(text: &str) -> bool {
    TOKENS.iter().any(|token| text.contains(token))
}

fn form(pattern: &str) -> Regex {
    let regex = RegexBuilder::new(pattern).case_insensitive(true).build();
    regex.expect("an expression of this file")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What secrets and their surroundings are made of.
    const PIECES: &[&str] = &[
        "token",
        "SECRET",
        "passwd",
        "PassPhrase",
        "api_key",
        "AccountKey",
        "auth",
        "Credential",
        "cookie",
        "Authorization",
        "pw",
        "PWD",
        "key",
        "bearer",
        "BASIC",
        "sk-",
        "eyJ",
        "AKIA",
        "npm_",
        "-u",
        "--user",
        "--",
        "-",
        "_",
        ".",
        "=",
        ":",
        "://",
        "@",
        "/",
        " ",
        "\t",
        "\n",
        "\u{b}",
        "\"",
        "'",
        "\\",
        "{",
        "}",
        ",",
        ";",
        "a",
        "abcdefgh12",
        "ſ",
        "\u{212a}ey",
    ];

    fn pieces(count: std::ops::Range<usize>) -> impl Strategy<Value = String> {
        proptest::collection::vec(proptest::sample::select(PIECES), count).prop_map(|pieces| pieces.concat())
    }

    /// Anything; or a name with a value, because words and signs alone seldom come together.
    fn text() -> impl Strategy<Value = String> {
        let value = (pieces(0..2), pieces(1..2), "[=: ]", pieces(0..3));
        prop_oneof![
            pieces(0..14),
            value.prop_map(|(before, name, sign, value)| format!("{before}{name}{sign}{value}x"))
        ]
    }

    fn redacted_by_all(text: &str) -> String {
        FORMS.iter().fold(text.to_owned(), |text, form| form.replace_in(&text))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn a_form_that_is_not_looked_for_is_not_there(text in text()) {
            prop_assert_eq!(redact_text(&text), redacted_by_all(&text));
            prop_assert_eq!(is_secret_option(&text), SECRET_OPTION.is_match(&text));
        }
    }

    #[test]
    fn some_texts_are_looked_at_by_each_form_and_most_by_none() {
        let looked_at_by = |text: &str| FORMS.iter().filter(|form| (form.may_be_in)(text)).count();
        assert_eq!(looked_at_by("a user:token@b eyJ"), FORMS.len());
        assert_eq!(looked_at_by("--inspect=9229"), 0);
    }
}
