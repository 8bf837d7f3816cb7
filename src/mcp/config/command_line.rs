//! Splits a `command` string into words, by mcporter's rules and not a shell's.
//!
//! Only a space separates words (a tab does not); a backslash takes the next character as it is, inside single quotes too; an unclosed
//! quote runs to the end; an empty quoted word vanishes.

/// The words of a command line.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.trim().chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => word.push(characters.next().unwrap_or('\\')),
            ('\'' | '"', None) => quote = Some(character),
            (_, Some(open)) if character == open => quote = None,
            (' ', None) => push_word(&mut words, &mut word),
            _ => word.push(character),
        }
    }
    push_word(&mut words, &mut word);
    words
}

/// Whether a string with a space in it may be the path of one program.
pub(super) fn looks_like_path(text: &str) -> bool {
    let drive = matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    drive || ["/", "./", "../", "~/"].iter().any(|prefix| text.starts_with(prefix))
}

fn push_word(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::split;

    proptest! {
        #[test]
        fn any_text_splits_into_words_that_are_not_empty(text: String) {
            prop_assert!(split(&text).iter().all(|word| !word.is_empty()));
        }

        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec("[a-z \t\"]{1,5}", 0..5)) {
            let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(split(&line), words);
        }
    }

    #[test]
    fn words_follow_mcporters_rules() {
        let cases: [(&str, &[&str]); 11] = [
            ("npx -y server", &["npx", "-y", "server"]),
            ("  a   b  ", &["a", "b"]),
            ("a 'b c' \"d e\"", &["a", "b c", "d e"]),
            ("a\\ b", &["a b"]),
            ("'a\\'b'", &["a'b"]),
            ("a\tb", &["a\tb"]),
            ("a 'open end", &["a", "open end"]),
            ("a '' b", &["a", "b"]),
            ("it\"'\"s", &["it's"]),
            ("end\\", &["end\\"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
