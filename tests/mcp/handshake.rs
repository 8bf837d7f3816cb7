//! `initialize` with servers that can and servers that cannot.

use std::time::Duration;

use crate::server::{Server, outcome, runtime, text};
use procman::mcp::client::{ClientCapabilities, ClientInfo};
use procman::mcp::handshake::{Handshake, PROTOCOL_VERSIONS, initialize};
use procman::model::{ErrorCode, Result};

fn shake(server: &Server, timeout: Duration) -> Result<Handshake> {
    let client = ClientInfo { name: "test".to_owned(), version: "1".to_owned() };
    runtime().block_on(initialize(&server.connection, &client, ClientCapabilities::none(), timeout))
}

#[test]
fn every_version_of_the_2025_era_is_spoken() {
    for version in PROTOCOL_VERSIONS {
        let server = Server::start("hostile_server", version);
        let handshake = shake(&server, crate::server::PATIENCE).unwrap();
        assert_eq!(handshake.protocol_version, version);
        assert_eq!(handshake.server_info(), Some(r#"{"name":"hostile","x-unknown":[1.0]}"#));
        assert_eq!(handshake.instructions().as_deref(), Some("beware"));
        assert_eq!(text(outcome(&server.call("echo", "{}").1)), "fine");
    }
}

#[test]
fn the_newest_version_is_offered() {
    let server = Server::start("echo_server", "");
    assert_eq!(shake(&server, crate::server::PATIENCE).unwrap().protocol_version, PROTOCOL_VERSIONS[0]);
}

#[test]
fn an_unknown_version_is_refused_by_name() {
    let error = shake(&Server::start("hostile_server", "old-version"), crate::server::PATIENCE).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerProtocol);
    assert!(error.message().contains("1999-01-01") && error.message().contains("2025-11-25"), "{error}");
}

#[test]
fn a_server_that_prints_no_json_is_quoted() {
    let server = Server::start("hostile_server", "no-json");
    assert_eq!(server.heard.next().0, "notifications/said_it");
    let error = shake(&server, Duration::from_millis(50)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerStart);
    assert!(error.message().contains("Usage: server [options]"), "{error}");
    let silent = shake(&Server::start("hostile_server", "silent"), Duration::from_millis(50)).unwrap_err();
    assert!(silent.message().contains("within 50 ms;"), "{silent}");
}

#[test]
fn a_crash_before_the_handshake_tells_status_and_stderr() {
    let mut server = Server::start("hostile_server", "crash-early");
    server.report_exit();
    let error = shake(&server, crate::server::PATIENCE).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerStart);
    assert!(error.message().contains("code 3") && error.message().contains("left-pad"), "{error}");
    assert_eq!(error.details()["exitCode"], 3);
}

#[test]
fn a_refusal_and_a_stranger_are_told_apart() {
    let refusal = shake(&Server::start("hostile_server", "polite-no"), crate::server::PATIENCE).unwrap_err();
    assert_eq!(refusal.code(), ErrorCode::ServerStart);
    assert!(refusal.message().contains("no license"), "{refusal}");
    let stranger = shake(&Server::start("hostile_server", "not-mcp"), crate::server::PATIENCE).unwrap_err();
    assert_eq!(stranger.code(), ErrorCode::ServerProtocol);
}
