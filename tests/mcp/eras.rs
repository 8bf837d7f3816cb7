//! Which protocol is spoken with which server, and what its failure is.

use std::path::PathBuf;
use std::time::Duration;

use crate::server::{PATIENCE, Server, outcome, runtime, text};
use procman::mcp::client::{ClientCapabilities, ClientInfo};
use procman::mcp::era::{Era, EraLesson, EraPlan};
use procman::mcp::era_cache::{EraCache, EraKey};
use procman::mcp::handshake::Handshake;
use procman::mcp::opening::{OpenError, Opening, open};
use procman::model::{ErrorCode, Protocol, SpawnSpec};

fn opened(server: &Server, plan: EraPlan, timeout: Duration) -> Result<Handshake, OpenError> {
    let client = ClientInfo { name: "test".to_owned(), version: "1".to_owned() };
    let opening = Opening { client, capabilities: ClientCapabilities::none(), plan, timeout };
    runtime().block_on(open(&server.connection, &opening))
}

fn start(mode: &str) -> Server {
    Server::start("modern_server", mode)
}

#[test]
fn each_plan_ends_in_the_protocol_that_the_server_speaks() {
    use EraLesson as Lesson;
    use EraPlan::{LegacyFirst, ModernFirst, ModernOnly};
    for (mode, plan, era, lesson) in [
        ("dual", LegacyFirst, Era::Legacy, Lesson::Legacy),
        ("dual", ModernFirst, Era::Modern, Lesson::Modern),
        ("dual", ModernOnly, Era::Modern, Lesson::Modern),
        ("modern", LegacyFirst, Era::Modern, Lesson::ModernOnly),
        ("modern", ModernFirst, Era::Modern, Lesson::Modern),
        ("legacy", LegacyFirst, Era::Legacy, Lesson::Legacy),
        ("legacy", ModernFirst, Era::Legacy, Lesson::Legacy),
        ("fragile", LegacyFirst, Era::Legacy, Lesson::Legacy),
    ] {
        let server = start(mode);
        let handshake =
            opened(&server, plan, PATIENCE).unwrap_or_else(|error| panic!("{mode} {plan:?}: {error:?}"));
        assert_eq!((handshake.era(), handshake.lesson()), (era, lesson), "{mode} {plan:?}");
        assert_eq!(handshake.server_info(), Some(r#"{"name":"modern","version":"1"}"#), "{mode} {plan:?}");
        assert!(handshake.capabilities().is_some());
        assert_eq!(server.connection.is_modern(), era == Era::Modern);
        assert_eq!(server.text_of("echo"), "fine", "{mode} {plan:?}");
    }
}

#[test]
fn a_server_that_ignores_the_question_is_a_legacy_one() {
    let server = start("mute");
    let handshake = opened(&server, EraPlan::ModernFirst, Duration::from_millis(400)).unwrap();
    assert_eq!(handshake.era(), Era::Legacy);
}

#[test]
fn a_question_that_kills_a_legacy_server_asks_for_another_start() {
    let mut server = start("fragile");
    let asked = std::thread::scope(|scope| {
        let connection = std::sync::Arc::clone(&server.connection);
        let asking = scope.spawn(move || {
            let client = ClientInfo { name: "test".to_owned(), version: "1".to_owned() };
            let capabilities = ClientCapabilities::none();
            let opening = Opening { client, capabilities, plan: EraPlan::ModernFirst, timeout: PATIENCE };
            runtime().block_on(open(&connection, &opening))
        });
        server.report_exit();
        asking.join().unwrap()
    });
    assert!(matches!(asked, Err(OpenError::StartAgain(_))), "{asked:?}");
}

#[test]
fn who_insists_on_the_modern_protocol_is_told_what_the_server_said() {
    let error = opened(&start("legacy"), EraPlan::ModernOnly, PATIENCE).unwrap_err().into_error();
    assert_eq!(error.code(), ErrorCode::ServerStart);
    assert!(error.message().contains("unknown method") && error.message().contains("\"auto\""), "{error}");
    for plan in [EraPlan::ModernOnly, EraPlan::ModernFirst] {
        let error = opened(&start("newer"), plan, PATIENCE).unwrap_err().into_error();
        assert_eq!(error.code(), ErrorCode::ServerProtocol);
        assert!(error.message().contains("2027-01-01") && error.message().contains("2026-07-28"), "{error}");
    }
}

#[test]
fn every_request_carries_the_envelope_and_a_result_without_type_is_complete() {
    let server = start("dual");
    opened(&server, EraPlan::ModernOnly, PATIENCE).unwrap();
    let meta: serde_json::Value = serde_json::from_str(&server.text_of("meta")).unwrap();
    assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "test");
    assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], serde_json::json!({}));
    // The control: the same server by the other protocol gets none of it.
    let legacy = start("dual");
    opened(&legacy, EraPlan::LegacyFirst, PATIENCE).unwrap();
    assert_eq!(legacy.text_of("meta"), "null");
}

#[test]
fn a_result_of_an_unknown_type_is_the_servers_mistake_in_its_protocol_only() {
    let server = start("dual");
    opened(&server, EraPlan::ModernOnly, PATIENCE).unwrap();
    let error = outcome(&server.call("odd", "{}").1).unwrap_err();
    assert_eq!(
        (error.code(), &error.details()["resultType"]),
        (ErrorCode::ServerProtocol, &"\"surprise\"".into())
    );
    let error = outcome(&server.call("needs", "{}").1).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InputRequired);
    let legacy = start("dual");
    opened(&legacy, EraPlan::LegacyFirst, PATIENCE).unwrap();
    assert!(outcome(&legacy.call("odd", "{}").1).is_ok());
    assert_eq!(outcome(&legacy.call("needs", "{}").1).unwrap_err().code(), ErrorCode::Rpc);
    assert_eq!(text(outcome(&legacy.call("echo", "{}").1)), "fine");
}

fn entry(command: &str) -> procman::mcp::config::ServerEntry {
    procman::mcp::config::ServerEntry {
        name: "s".to_owned(),
        transport: procman::mcp::config::Transport::Stdio {
            command: command.to_owned(),
            args: vec![],
            cwd: PathBuf::from("/"),
            env: vec![],
            inherit_env: true,
        },
        source: procman::mcp::config::Source::Code,
        description: None,
        tools: procman::mcp::config::ToolFilter::default(),
        login: Default::default(),
        pool: procman::model::PoolOptions::default(),
    }
}

#[test]
fn what_a_start_taught_is_known_to_the_next_process_until_the_program_changes() {
    let folder = std::env::temp_dir().join(format!("procman-eras-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("server");
    std::fs::write(&program, "one").unwrap();
    let command = program.to_str().unwrap();
    let spec = |args: &[&str]| SpawnSpec {
        command: command.as_bytes().to_vec(),
        args: args.iter().map(|arg| arg.as_bytes().to_vec()).collect(),
        env: vec![b"PATH=/bin".to_vec()],
        cwd: b"/".to_vec(),
    };
    let key = EraKey::of(&entry(command), &spec(&[]));
    let plan = |cache: &EraCache, key: &EraKey| cache.plan(key, Protocol::Auto, Some(&folder));

    let first = EraCache::default();
    assert_eq!(plan(&first, &key), EraPlan::ModernFirst);
    first.learn(&key, EraPlan::ModernFirst, EraLesson::Legacy);
    assert_eq!(plan(&EraCache::default(), &key), EraPlan::LegacyFirst, "another process reads it");
    assert_eq!(plan(&first, &EraKey::of(&entry(command), &spec(&["--other"]))), EraPlan::ModernFirst);
    std::fs::write(&program, "another size").unwrap();
    assert_eq!(plan(&first, &EraKey::of(&entry(command), &spec(&[]))), EraPlan::ModernFirst);

    first.forget(&key);
    assert_eq!(plan(&EraCache::default(), &key), EraPlan::ModernFirst, "forgotten on disk too");
    // A server that took `initialize` was not asked for the other protocol: that teaches nothing.
    first.learn(&key, EraPlan::LegacyFirst, EraLesson::Legacy);
    assert_eq!(plan(&EraCache::default(), &key), EraPlan::ModernFirst);
    std::fs::remove_dir_all(&folder).unwrap();
}
