use std::borrow::Cow;

use serde_json::Value;

use super::*;

fn text(params: &str, additions: Additions<'_>) -> String {
    String::from_utf8(additions.apply(params.as_bytes().into()).unwrap().to_raw().into_owned()).unwrap()
}

fn modern() -> RequestMeta {
    let client = ClientInfo { name: "us".to_owned(), version: "1".to_owned() };
    RequestMeta::new("2026-07-28", &client, ClientCapabilities::none())
}

#[test]
fn the_progress_token_is_ours_and_other_meta_stays() {
    let tokens = [
        ("", r#"{"_meta":{"progressToken":9}}"#),
        ("{}", r#"{"_meta":{"progressToken":9}}"#),
        (r#"{"a":1}"#, r#"{"_meta":{"progressToken":9},"a":1}"#),
        (
            r#"{"a":1,"_meta":{"progressToken":"x","traceparent":"t"}}"#,
            r#"{"a":1,"_meta":{"progressToken":9,"traceparent":"t"}}"#,
        ),
    ];
    let additions = Additions { progress: Some(9), ..Additions::default() };
    for (params, expected) in tokens {
        assert_eq!(text(params, additions), expected);
    }
    assert!(additions.apply(b"[1]".into()).is_err());
    assert!(additions.apply(br#"{"_meta":1}"#.into()).is_err());
}

#[test]
fn nothing_to_add_copies_nothing() {
    let untouched = Additions::default().apply(b"[not even looked at".into()).unwrap();
    assert!(matches!(untouched, Params::Raw(Cow::Borrowed(_))));
}

#[test]
fn every_request_of_the_modern_protocol_says_version_client_and_capabilities() {
    let meta = modern();
    let additions = Additions { meta: Some(&meta), ..Additions::default() };
    for params in ["", "{}", r#"{"name":"x"}"#] {
        let value: Value = serde_json::from_str(&text(params, additions)).unwrap();
        assert_eq!(value["_meta"][VERSION], "2026-07-28");
        assert_eq!(value["_meta"][CLIENT_INFO]["name"], "us");
        assert_eq!(value["_meta"][CAPABILITIES], serde_json::json!({}));
        assert!(value["_meta"].get(LOG_LEVEL).is_none());
    }
    let input = Additions { takes_input: true, log_level: Some(LogLevel::Info), ..additions };
    let value: Value = serde_json::from_str(&text("{}", input)).unwrap();
    assert!(value["_meta"][CAPABILITIES]["elicitation"].is_object());
    assert_eq!(value["_meta"][LOG_LEVEL], "info");
}

#[test]
fn the_callers_own_meta_is_kept_to_the_byte_but_for_the_version() {
    let meta = modern();
    let additions = Additions { meta: Some(&meta), ..Additions::default() };
    let given = format!(
        r#"{{"_meta":{{"{VERSION}":"1999","{CAPABILITIES}":{{"extensions":{{"x/y":{{}}}}}},"n":1.50e400}}}}"#
    );
    let merged = text(&given, additions);
    assert!(merged.contains("1.50e400"), "{merged}");
    assert!(merged.contains(r#""extensions":{"x/y":{}}"#), "{merged}");
    assert!(
        merged.contains(&format!("\"{VERSION}\":\"2026-07-28\"")) && !merged.contains("1999"),
        "{merged}"
    );
}
