//! What a server asks its client: sampling, elicitation, roots. Routed where it was declared, refused everywhere else.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use parking_lot::Mutex;
use serde_json::json;

use crate::server::{PATIENCE, Server, outcome, runtime, text};
use procman::mcp::client::{ClientCapabilities, ClientInfo};
use procman::mcp::connection::{Connection, ConnectionConfig};
use procman::mcp::era::EraPlan;
use procman::mcp::notices::{Notices, SessionSink};
use procman::mcp::opening::{Opening, open};
use procman::mcp::reply::{Listener, RpcFault, ServerQuestion};
use procman::mcp::session::Audience;

/// What reached the holder.
#[derive(Debug)]
enum Event {
    Asked(ServerQuestion),
    Withdrawn(u64),
}

struct Holder(Mutex<mpsc::Sender<Event>>);

impl SessionSink for Holder {
    fn notification(&self, _to: &Audience, _method: &str, _params: &[u8]) {}

    fn question(&self, question: ServerQuestion) {
        self.0.lock().send(Event::Asked(question)).unwrap();
    }

    fn question_withdrawn(&self, number: u64) {
        self.0.lock().send(Event::Withdrawn(number)).unwrap();
    }
}

fn start(mode: &str, capabilities: ClientCapabilities, plan: EraPlan) -> (Server, Receiver<Event>) {
    let (sender, receiver) = mpsc::channel();
    let notices = Notices::new(capabilities);
    notices.route_to(Arc::new(Holder(Mutex::new(sender))));
    let listener = Arc::clone(&notices) as Arc<dyn Listener>;
    let server =
        Server::start_for("modern_server", mode, ConnectionConfig::new("test"), Server::deaf(), listener);
    let client = ClientInfo { name: "test".to_owned(), version: "1".to_owned() };
    let opening = Opening { client, capabilities, plan, timeout: PATIENCE };
    runtime().block_on(open(&server.connection, &opening)).unwrap();
    (server, receiver)
}

fn legacy(capabilities: ClientCapabilities) -> (Server, Receiver<Event>) {
    start("legacy", capabilities, EraPlan::LegacyFirst)
}

const SAMPLING: ClientCapabilities = ClientCapabilities::of_bits(2);

fn ask(server: &Server, method: &str) -> crate::server::Outcome {
    server.call("question", &json!({ "method": method, "params": { "deep": { "n": 1 } } }).to_string()).1
}

fn asked(events: &Receiver<Event>) -> ServerQuestion {
    match events.recv_timeout(PATIENCE).unwrap() {
        Event::Asked(question) => question,
        Event::Withdrawn(number) => panic!("{number} was withdrawn"),
    }
}

fn answer(connection: &Connection, question: &ServerQuestion, json: &str) -> bool {
    connection.answer(question.number, Ok(json.as_bytes()))
}

#[test]
fn a_declared_question_reaches_the_holder_and_its_answer_the_server() {
    let (server, events) = legacy(SAMPLING);
    assert_eq!(server.text_of("declared"), r#"{"sampling":{}}"#);
    let call = ask(&server, "sampling/createMessage");
    let question = asked(&events);
    assert_eq!(question.method, "sampling/createMessage");
    assert_eq!(question.params, br#"{"deep":{"n":1}}"#);
    assert!(answer(&server.connection, &question, "{\n\"role\":\"assistant\"}"));
    assert_eq!(text(outcome(&call)), r#"{"role":"assistant"}"#);
    assert!(!answer(&server.connection, &question, "{}"), "a question is answered once");

    let call = ask(&server, "sampling/createMessage");
    let fault = RpcFault { code: -1, message: "the user said no".to_owned(), data: None };
    assert!(server.connection.answer(asked(&events).number, Err(fault)));
    assert_eq!(text(outcome(&call)), r#"{"code":-1,"message":"the user said no"}"#);
}

#[test]
fn what_was_not_declared_is_refused_and_reaches_nobody() {
    let (server, events) = legacy(SAMPLING);
    for method in ["roots/list", "elicitation/create", "something/else"] {
        assert!(text(outcome(&ask(&server, method))).contains("-32601"), "{method}");
    }
    assert!(events.try_recv().is_err());
    let (shared, events) = legacy(ClientCapabilities::none());
    assert_eq!(shared.text_of("declared"), "{}");
    assert!(text(outcome(&ask(&shared, "sampling/createMessage"))).contains("-32601"));
    assert_eq!(text(outcome(&ask(&shared, "ping"))), "{}");
    assert!(events.try_recv().is_err());
    // The modern protocol has no such requests, whatever was declared.
    let (modern, events) = start("dual", SAMPLING, EraPlan::ModernOnly);
    assert!(text(outcome(&ask(&modern, "sampling/createMessage"))).contains("-32601"));
    assert!(events.try_recv().is_err());
}

#[test]
fn a_question_that_the_server_takes_back_is_withdrawn_and_its_answer_dropped() {
    let (server, events) = legacy(ClientCapabilities::all());
    let call = ask(&server, "roots/list");
    let question = asked(&events);
    assert_eq!(server.text_of("take-back"), "taken back");
    assert!(
        matches!(events.recv_timeout(PATIENCE).unwrap(), Event::Withdrawn(number) if number == question.number)
    );
    assert!(!answer(&server.connection, &question, "{}"));
    assert_eq!(server.text_of("echo"), "fine");
    assert!(call.try_recv().is_err(), "the server got no answer");
}

#[test]
fn the_end_of_a_server_withdraws_its_questions() {
    let (mut server, events) = legacy(ClientCapabilities::all());
    let _call = ask(&server, "elicitation/create");
    let question = asked(&events);
    server.signal(nix::sys::signal::Signal::SIGKILL);
    server.report_exit();
    assert!(
        matches!(events.recv_timeout(PATIENCE).unwrap(), Event::Withdrawn(number) if number == question.number)
    );
    assert!(!answer(&server.connection, &question, "{}"));
}
