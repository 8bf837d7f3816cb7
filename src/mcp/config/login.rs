//! What an entry says of logging in: mcporter's fields, kept for whoever speaks HTTP, with no opinion of their worth.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::HostEnv;
use super::entry_context::EntryContext;
use super::fault::FieldFault;
use super::field_reader::{FieldReader, wrong_type};
use super::locations::expand_home;

/// Fields that are texts, camel before snake.
pub(super) const TEXTS: [[&str; 2]; 8] = [
    ["clientName", "client_name"],
    ["oauthClientId", "oauth_client_id"],
    ["oauthClientSecret", "oauth_client_secret"],
    ["oauthClientSecretEnv", "oauth_client_secret_env"],
    ["oauthTokenEndpointAuthMethod", "oauth_token_endpoint_auth_method"],
    ["oauthRedirectUrl", "oauth_redirect_url"],
    ["oauthScope", "oauth_scope"],
    ["oauthClientMetadataUrl", "oauth_client_metadata_url"],
];

/// The texts of `refresh`.
pub(super) const REFRESH: [[&str; 2]; 5] = [
    ["tokenEndpoint", "token_endpoint"],
    ["clientIdEnv", "client_id_env"],
    ["clientSecretEnv", "client_secret_env"],
    ["clientAuthMethod", "client_auth_method"],
    ["accessTokenEnv", "access_token_env"],
];

const AUTH: [&str; 2] = ["oauth", "refreshable_bearer"];
/// The ways to fetch.
pub(super) const HTTP_FETCH: [&str; 2] = ["default", "node-http1"];

/// The fields in their camel spelling; those that were not written are absent.
#[derive(Clone, Default, PartialEq)]
pub struct Login {
    fields: Map<String, Value>,
}

impl Login {
    /// The fields, secrets among them.
    pub(super) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The variables that `…Env` fields name, as far as they are set.
    pub(super) fn variables(&self, env: &HostEnv) -> BTreeMap<String, String> {
        let refresh = self.fields.get("refresh").and_then(Value::as_object);
        let fields = self.fields.iter().chain(refresh.into_iter().flatten());
        let names = fields.filter(|(field, _)| field.ends_with("Env")).filter_map(|(_, name)| name.as_str());
        names.filter_map(|name| Some((name.to_owned(), env.get(name)?))).collect()
    }
}

/// Secrets are among the values, so only names are shown.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.fields.keys()).finish()
    }
}

/// Reads the fields.
pub(super) fn read(reader: &FieldReader<'_>, context: &EntryContext<'_>) -> Result<Login, FieldFault> {
    let mut fields = Map::new();
    // mcporter knows two ways and takes any other word for none.
    let auth = reader.text(&["auth"])?.map(|auth| auth.to_lowercase());
    insert(&mut fields, "auth", auth.filter(|auth| AUTH.contains(&auth.as_str())));
    let folder = reader.text(&["tokenCacheDir", "token_cache_dir"])?.filter(|folder| !folder.is_empty());
    let folder = folder.map(|folder| expand_home(&folder, context.home).to_string_lossy().into_owned());
    insert(&mut fields, "tokenCacheDir", folder);
    texts(reader, &TEXTS, &mut fields)?;
    if let Some(refresh) = refresh(reader)? {
        fields.insert("refresh".to_owned(), Value::Object(refresh));
    }
    insert(&mut fields, "httpFetch", http_fetch(reader)?);
    Ok(Login { fields })
}

/// Worth nothing without an endpoint.
fn refresh(reader: &FieldReader<'_>) -> Result<Option<Map<String, Value>>, FieldFault> {
    let Some(object) = reader.object("refresh")? else { return Ok(None) };
    let inside = |fault: FieldFault| fault.inside("refresh");
    let mut fields = Map::new();
    texts(&FieldReader { fields: object, env: reader.env }, &REFRESH, &mut fields).map_err(inside)?;
    for name in ["refresh_skew_seconds", "refreshSkewSeconds"] {
        let Some(value) = object.get(name) else { continue };
        if !value.as_f64().is_some_and(|number| number >= 0.0 && number.fract() == 0.0) {
            return Err(wrong_type(&["refresh", name], "a whole number of seconds, 0 or more", value));
        }
        fields.insert("refreshSkewSeconds".to_owned(), value.clone());
    }
    let endpoint = fields.get("tokenEndpoint").and_then(Value::as_str).unwrap_or_default();
    Ok((!endpoint.is_empty()).then_some(fields))
}

fn http_fetch(reader: &FieldReader<'_>) -> Result<Option<String>, FieldFault> {
    let spellings = ["httpFetch", "http_fetch"];
    let way = reader.text(&spellings)?;
    match way.as_deref().is_none_or(|way| HTTP_FETCH.contains(&way)) {
        true => Ok(way),
        false => Err(FieldFault::new(
            &[reader.first(&spellings).map_or("httpFetch", |(name, _)| name)],
            "must be \"default\" or \"node-http1\"; correct it or leave it out",
        )),
    }
}

/// The name of a variable is no text with placeholders.
fn texts(
    reader: &FieldReader<'_>,
    table: &[[&'static str; 2]],
    to: &mut Map<String, Value>,
) -> Result<(), FieldFault> {
    for spellings in table {
        let is_variable = spellings[0].ends_with("Env");
        let text = if is_variable { reader.raw_text(spellings)? } else { reader.text(spellings)? };
        insert(to, spellings[0], text);
    }
    Ok(())
}

fn insert(to: &mut Map<String, Value>, name: &str, text: Option<String>) {
    to.extend(text.map(|text| (name.to_owned(), text.into())));
}
