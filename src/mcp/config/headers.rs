//! The HTTP headers of an entry: its own, its bearer token, and what MCP over HTTP demands.

use super::fault::FieldFault;
use super::field_reader::FieldReader;

const REQUIRED_ACCEPT: &str = "application/json, text/event-stream";

/// Headers by name, placeholders not yet filled in.
pub(super) fn read(reader: &FieldReader<'_>) -> Result<Vec<(String, String)>, FieldFault> {
    let mut headers = reader.raw_table("headers")?;
    if let Some(token) = reader.raw_text(&["bearerToken", "bearer_token"])?.filter(|token| !token.is_empty())
    {
        set(&mut headers, "Authorization", format!("Bearer {token}"));
    }
    if let Some(name) =
        reader.raw_text(&["bearerTokenEnv", "bearer_token_env"])?.filter(|name| !name.is_empty())
    {
        set(&mut headers, "Authorization", format!("$env:{name}"));
    }
    force_accept(&mut headers);
    Ok(headers)
}

fn force_accept(headers: &mut Vec<(String, String)>) {
    let existing = headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("accept"));
    match existing {
        Some((_, value)) if !accepts_both(value) => REQUIRED_ACCEPT.clone_into(value),
        Some(_) => {}
        None => headers.push(("accept".to_owned(), REQUIRED_ACCEPT.to_owned())),
    }
}

fn accepts_both(value: &str) -> bool {
    let value = value.to_lowercase();
    REQUIRED_ACCEPT.split(", ").all(|kind| value.contains(kind))
}

fn set(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    match headers.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => headers.push((name.to_owned(), value)),
    }
}
