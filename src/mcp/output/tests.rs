//! Rules that differ from what one would guess. The comparison with mcporter itself is `__test__/output.differential.mjs`.

use super::{Rendered, Text, WORTH_LEAVING, render, render_in_place};

fn text(result: &str) -> String {
    match render(result.as_bytes()).unwrap() {
        Rendered::Text(Text::Ascii(bytes)) => String::from_utf8(bytes).unwrap(),
        Rendered::Text(Text::Utf8(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn of_text(text_block: &str) -> String {
    let text_block = serde_json::Value::from(text_block);
    text(&format!(r#"{{"content":[{{"type":"text","text":{text_block}}}]}}"#))
}

#[test]
fn prose_stays_and_json_is_indented() {
    assert_eq!(of_text("Echo: hi\n"), "Echo: hi\n\n");
    assert_eq!(
        of_text(r#"{"b":[1,{}],"a":"x"}"#),
        "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": \"x\"\n}\n"
    );
    assert_eq!(of_text("123"), "123\n");
    assert_eq!(of_text("null"), "null\n");
    assert_eq!(of_text("{not json}"), "{not json}\n");
}

#[test]
fn keys_come_in_the_order_of_javascript() {
    let printed = of_text(r#"{"b":1,"4294967295":1,"10":1,"9":2,"01":3,"__proto__":5,"b":2}"#);
    let expected = "{\n  \"9\": 2,\n  \"10\": 1,\n  \"b\": 2,\n  \"4294967295\": 1,\n  \"01\": 3,\n  \"__proto__\": 5\n}\n";
    assert_eq!(printed, expected);
}

#[test]
fn numbers_print_as_v8_prints_them() {
    let printed = of_text("[-0,1e400,1e21,123456789012345678901,0.000001,1e-7,1.0,5e-324]");
    let numbers = "0,null,1e+21,123456789012345680000,0.000001,1e-7,1,5e-324";
    assert_eq!(printed.replace([' ', '\n'], ""), format!("[{numbers}]"));
}

#[test]
fn lone_surrogates_survive() {
    assert_eq!(of_text(r#"["\ud83d"]"#), "[\n  \"\\ud83d\"\n]\n");
    let rendered = render(br#"{"content":[{"type":"text","text":"a\ud83d"}]}"#).unwrap();
    assert_eq!(rendered, Rendered::Text(Text::Utf16(vec![0x61, 0xD83D, 0x0A])));
}

#[test]
fn what_only_javascript_can_print_is_left_to_it() {
    for result in
        [r#"{"content":[{"type":"image","data":"","mimeType":"image/png"}]}"#, r#"{"content":[]}"#, "5"]
    {
        assert_eq!(render(result.as_bytes()).unwrap(), Rendered::Inspect, "{result}");
    }
}

#[test]
fn depth_needs_no_stack_and_no_endless_memory() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(of_text(&deep(3000)).len() > 3000 * 3000);
    let million = format!(r#"{{"content":[{{"type":"text","text":"{}"}}]}}"#, deep(1_000_000));
    assert_eq!(render(million.as_bytes()).unwrap(), Rendered::Inspect);
    let wide = format!(
        r#"{{"structuredContent":{{"a":{}{}{}}}}}"#,
        "[".repeat(3900),
        "1,".repeat(1 << 20) + "1",
        "]".repeat(3900)
    );
    assert_eq!(render(wide.as_bytes()).unwrap(), Rendered::Inspect);
}

#[test]
fn a_result_that_is_no_json_is_the_server_s_fault() {
    let error = render(b"{\"content\":[}").unwrap_err();
    assert_eq!(error.code().as_str(), "ERR_SERVER_PROTOCOL");
    assert!(render(b"\xff").is_err());
}

#[test]
fn a_long_text_is_left_where_it_stands() {
    let long = "x".repeat(WORTH_LEAVING);
    let result = format!(r#"{{"isError":true,"content":[{{"type":"text","text":"{long}"}}]}}"#);
    let rendering = render_in_place(result.as_bytes()).unwrap();
    let Rendered::InPlace(span) = rendering.text else { panic!("it was copied") };
    assert_eq!(&result[span.clone()], long);
    assert_eq!(&result[span.end..=span.end], "\"");
    assert!(rendering.is_error);
    assert_eq!(text(&result), format!("{long}\n"), "whoever wants a copy gets the same");
}

#[test]
fn a_text_that_is_not_printed_as_it_stands_is_made() {
    let long = "x".repeat(WORTH_LEAVING);
    for other in [
        format!("{long}é"),
        format!(r"{long}\n"),
        format!("[1,{}1]", "1,".repeat(WORTH_LEAVING)),
        "short".to_owned(),
    ] {
        let result = format!(r#"{{"content":[{{"type":"text","text":"{other}"}}]}}"#);
        assert!(
            matches!(render_in_place(result.as_bytes()).unwrap().text, Rendered::Text(_)),
            "{}",
            &other[..5]
        );
    }
    let two = format!(r#"{{"content":[{{"type":"text","text":"{long}"}},{{"type":"text","text":"b"}}]}}"#);
    assert!(matches!(render_in_place(two.as_bytes()).unwrap().text, Rendered::Text(_)));
}

#[test]
fn a_result_says_of_itself_whether_the_tool_failed() {
    let says = |result: &str| render_in_place(result.as_bytes()).unwrap().is_error;
    assert!(says(r#"{"content":[],"isError":true}"#));
    assert!(says(r#"{"isError":false,"isError":true}"#), "of duplicate keys the last counts");
    for no in [r#"{"content":[{"isError":true}]}"#, r#"{"isError":"true"}"#, r#"{"isError":1}"#, "[true]"] {
        assert!(!says(no), "{no}");
    }
}
