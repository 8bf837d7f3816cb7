//! Finds the names that somebody may have meant.

/// Below this similarity (0 none, 1 equal) a name is no help but noise.
const MIN_SIMILARITY: f64 = 0.75;
const MAX_NAMES: usize = 3;

/// At most three of `known` that resemble `wanted`, the most similar first.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (similarity(&wanted, &name.to_lowercase()), name))
        .filter(|(score, _)| *score >= MIN_SIMILARITY)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().take(MAX_NAMES).map(|(_, name)| name.to_owned()).collect()
}

/// A name inside a longer one (`asana` for `asana-v2`) is what people mean although many letters differ.
fn similarity(wanted: &str, name: &str) -> f64 {
    let contained = wanted.len() >= 3 && (name.contains(wanted) || wanted.contains(name) && name.len() >= 3);
    let score = strsim::jaro_winkler(wanted, name);
    if contained { score.max(MIN_SIMILARITY) } else { score }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_come_first_and_far_ones_not_at_all() {
        let known = ["asana-v2", "github", "filesystem", "notion"];
        assert_eq!(nearest("asana", known), ["asana-v2"]);
        assert_eq!(nearest("GitHib", known), ["github"]);
        assert_eq!(nearest("zzz", known), Vec::<String>::new());
    }
}
