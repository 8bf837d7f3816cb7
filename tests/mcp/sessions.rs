//! One process, several holders: what they share, and what reaches whom. Each test runs against both protocols where both have it.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::server::{Outcome, PATIENCE, Server, outcome, runtime, text};
use procman::mcp::client::{ClientCapabilities, ClientInfo};
use procman::mcp::connection::ConnectionConfig;
use procman::mcp::era::EraPlan;
use procman::mcp::notices::{Notices, SessionSink};
use procman::mcp::opening::{Opening, open};
use procman::mcp::reply::{Listener, Reply, RequestOptions, ServerQuestion};
use procman::mcp::session::{Audience, Session};
use procman::mcp::shared_cache::SharedCache;
use procman::model::{ErrorCode, Result};

const BOTH: [EraPlan; 2] = [EraPlan::LegacyFirst, EraPlan::ModernOnly];

type Heard = (Audience, String, Value);

struct Holders(Mutex<mpsc::Sender<Heard>>);

impl SessionSink for Holders {
    fn notification(&self, to: &Audience, method: &str, params: &[u8]) {
        let params = serde_json::from_slice(params).unwrap_or_default();
        self.0.lock().send((to.clone(), method.to_owned(), params)).unwrap();
    }

    fn question(&self, question: ServerQuestion) {
        panic!("nothing was declared: {question:?}");
    }

    fn question_withdrawn(&self, _number: u64) {}
}

struct Held {
    server: Server,
    session: Arc<Session>,
    heard: Receiver<Heard>,
}

fn hold(plan: EraPlan, cache: &Arc<SharedCache>) -> Held {
    let (sender, heard) = mpsc::channel();
    let notices = Notices::new(ClientCapabilities::none());
    notices.route_to(Arc::new(Holders(Mutex::new(sender))));
    let listener = Arc::clone(&notices) as Arc<dyn Listener>;
    let server =
        Server::start_for("modern_server", "dual", ConnectionConfig::new("test"), Server::deaf(), listener);
    let client = ClientInfo { name: "test".to_owned(), version: "1".to_owned() };
    let opening = Opening { client, capabilities: ClientCapabilities::none(), plan, timeout: PATIENCE };
    let handshake = runtime().block_on(open(&server.connection, &opening)).unwrap();
    let generation = cache.generation();
    let session =
        Session::new(Arc::clone(&server.connection), handshake, notices, Arc::clone(cache), generation);
    Held { server, session, heard }
}

fn alone(plan: EraPlan) -> Held {
    hold(plan, &Arc::new(SharedCache::default()))
}

impl Held {
    fn ask(&self, holder: u64, method: &str, params: &str) -> Outcome {
        let (sender, receiver) = mpsc::channel();
        let sink = Box::new(move |outcome: Result<Reply>| sender.send(outcome).expect("one outcome"));
        self.session.request(holder, method, params.as_bytes(), RequestOptions::default(), sink);
        receiver
    }

    fn done(&self, holder: u64, method: &str, params: &str) -> Result<Value> {
        let reply = outcome(&self.ask(holder, method, params))?;
        Ok(serde_json::from_slice(reply.result()).unwrap())
    }

    fn subscribe(&self, holder: u64, uri: &str) -> Result<Value> {
        self.done(holder, "resources/subscribe", &json!({ "uri": uri }).to_string())
    }

    fn unsubscribe(&self, holder: u64, uri: &str) -> Result<Value> {
        self.done(holder, "resources/unsubscribe", &json!({ "uri": uri }).to_string())
    }

    fn tell(&self, tool: &str, arguments: &Value) {
        assert!(outcome(&self.server.call(tool, &arguments.to_string()).1).is_ok(), "{tool}");
    }

    /// How often the server was asked this.
    fn asked(&self, method: &str) -> u64 {
        let counts: Value = serde_json::from_str(&self.server.text_of("asked")).unwrap();
        counts[method].as_u64().unwrap_or(0)
    }

    /// The filters of the server's open streams.
    fn streams(&self) -> Vec<Value> {
        serde_json::from_str(&self.server.text_of("streams")).unwrap()
    }

    fn next(&self) -> Heard {
        self.heard.recv_timeout(PATIENCE).unwrap()
    }

    fn names(&self, holder: u64) -> Vec<String> {
        let list = self.done(holder, "tools/list", "").unwrap();
        assert!(list.get("nextCursor").is_none());
        let tools = list["tools"].as_array().unwrap().iter();
        tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_list_is_read_once_with_all_its_pages_until_it_changes() {
    for plan in BOTH {
        let held = alone(plan);
        assert_eq!(held.names(1), ["tools-0", "tools-1", "tools-2"], "{plan:?}");
        assert_eq!(held.names(2), held.names(3));
        assert_eq!(held.asked("tools/list"), 2, "two pages, once: {plan:?}");
        held.tell("change", &json!({}));
        let (to, method, _) = held.next();
        assert_eq!((to, method.as_str()), (Audience::All, "notifications/tools/list_changed"));
        assert_eq!(held.names(1).len(), 4, "{plan:?}");
        assert_eq!(held.asked("tools/list"), 4);
        // The control: a request with a cursor of its own is the caller's own.
        assert_eq!(held.done(1, "tools/list", r#"{"cursor":"2"}"#).unwrap()["tools"][0]["name"], "tools-2");
        assert_eq!(held.asked("tools/list"), 5);
    }
}

#[test]
fn elements_and_other_fields_of_a_list_stay_as_the_server_wrote_them() {
    let held = alone(EraPlan::LegacyFirst);
    let reply = outcome(&held.ask(1, "resources/list", "{}")).unwrap();
    let raw = String::from_utf8_lossy(reply.result()).into_owned();
    assert!(
        raw.contains(r#"{"name":"resources-2","n":1.0}"#) && raw.contains(r#""x-unknown":true"#),
        "{raw}"
    );
}

#[test]
fn callers_of_one_moment_share_one_read_and_instances_one_cache() {
    let cache = Arc::new(SharedCache::default());
    let (one, other) = (hold(EraPlan::LegacyFirst, &cache), hold(EraPlan::LegacyFirst, &cache));
    one.tell("hold-list", &json!({}));
    let first = one.ask(1, "tools/list", "");
    assert_eq!(one.next().1, "notifications/held");
    let joined = [one.ask(2, "tools/list", ""), other.ask(3, "tools/list", "")];
    one.tell("release-list", &json!({}));
    let raw = outcome(&first).unwrap();
    for waiter in &joined {
        assert_eq!(outcome(waiter).unwrap().result(), raw.result());
    }
    assert_eq!((one.asked("tools/list"), other.asked("tools/list")), (1, 0));
}

#[test]
fn a_read_that_dies_with_its_server_costs_the_others_one_of_their_own() {
    let cache = Arc::new(SharedCache::default());
    let (mut one, other) = (hold(EraPlan::LegacyFirst, &cache), hold(EraPlan::LegacyFirst, &cache));
    one.tell("hold-list", &json!({}));
    let first = one.ask(1, "tools/list", "");
    assert_eq!(one.next().1, "notifications/held");
    let waiter = other.ask(2, "tools/list", "");
    one.server.signal(nix::sys::signal::Signal::SIGKILL);
    one.server.report_exit();
    assert_eq!(outcome(&first).unwrap_err().code(), ErrorCode::ServerExited);
    assert!(outcome(&waiter).is_ok());
    assert_eq!(other.asked("tools/list"), 2);
}

#[test]
fn what_was_read_before_a_change_is_not_kept() {
    let held = alone(EraPlan::LegacyFirst);
    held.tell("hold-list", &json!({}));
    let early = held.ask(1, "tools/list", "");
    assert_eq!(held.next().1, "notifications/held");
    held.tell("change", &json!({}));
    let late = held.ask(2, "tools/list", "");
    assert!(outcome(&late).is_ok(), "it does not wait for a read that began before the change");
    held.tell("release-list", &json!({}));
    assert!(outcome(&early).is_ok());
    let before = held.asked("tools/list");
    assert_eq!(held.names(3).len(), 4);
    assert_eq!(held.asked("tools/list"), before, "the later read was kept, the earlier one was not");
}

#[test]
fn a_modern_list_is_kept_as_long_and_as_widely_as_it_says() {
    let held = alone(EraPlan::ModernOnly);
    for (caching, reads) in [
        (json!({ "ttlMs": 3_600_000, "cacheScope": "public" }), 2),
        (json!({ "ttlMs": 0, "cacheScope": "public" }), 4),
        (json!({ "ttlMs": 3_600_000, "cacheScope": "private" }), 4),
        (json!({}), 4),
    ] {
        held.tell("change", &json!({}));
        held.next();
        held.tell("cache", &caching);
        // Odd and even lengths of the list have the same number of pages from here on: 4 and 5 elements, 6 and 7.
        let pages = held.names(1).len().div_ceil(2) as u64;
        let before = held.asked("tools/list");
        held.names(2);
        let read_again = held.asked("tools/list") - before;
        assert_eq!(read_again, if reads == 2 { 0 } else { pages }, "{caching}");
    }
}

#[test]
fn another_version_of_a_server_empties_the_cache_and_the_same_one_does_not() {
    let cache = Arc::new(SharedCache::default());
    let one = hold(EraPlan::LegacyFirst, &cache);
    one.names(1);
    let same = hold(EraPlan::LegacyFirst, &cache);
    same.names(1);
    assert_eq!(same.asked("tools/list"), 0);
    assert_eq!(cache.server().as_deref(), Some(same.session.handshake().result()));
    let other = hold(EraPlan::ModernOnly, &cache);
    other.names(1);
    assert_eq!(other.asked("tools/list"), 2);
}

#[test]
fn without_a_cache_everybody_asks() {
    let held = hold(EraPlan::LegacyFirst, &Arc::new(SharedCache::disabled()));
    for _ in 0..2 {
        assert_eq!(held.done(1, "tools/list", "").unwrap()["nextCursor"], "2");
    }
    assert_eq!(held.asked("tools/list"), 2);
}

#[test]
fn the_server_hears_of_the_first_subscriber_and_of_the_last() {
    let held = alone(EraPlan::LegacyFirst);
    for holder in [1, 2, 3] {
        assert_eq!(held.subscribe(holder, "test://a").unwrap(), json!({}));
    }
    assert_eq!(held.asked("resources/subscribe"), 1);
    held.tell("update", &json!({ "uri": "test://a" }));
    assert_eq!(held.next().0, Audience::Only(vec![1, 2, 3]));
    held.unsubscribe(1, "test://a").unwrap();
    held.session.holder_left(2);
    assert_eq!(held.asked("resources/unsubscribe"), 0);
    held.tell("update", &json!({ "uri": "test://a/part" }));
    assert_eq!(held.next().0, Audience::Only(vec![3]));
    held.session.holder_left(3);
    assert_eq!(held.asked("resources/unsubscribe"), 1);
    let error = held.subscribe(1, "test://no").unwrap_err();
    assert_eq!(error.details()["rpcCode"], -32602, "{error}");
}

#[test]
fn modern_subscriptions_are_one_stream_that_follows_its_holders() {
    let held = alone(EraPlan::ModernOnly);
    assert_eq!(held.streams(), [json!({ "toolsListChanged": true })]);
    assert_eq!(held.server.connection.counts().pending, 0, "a stream is no work");
    held.subscribe(1, "test://a").unwrap();
    held.subscribe(2, "test://b").unwrap();
    held.subscribe(3, "test://a").unwrap();
    let both = json!({ "toolsListChanged": true, "resourceSubscriptions": ["test://a", "test://b"] });
    assert_eq!(held.streams(), [both]);
    assert_eq!(held.asked("subscriptions/listen"), 3);
    held.tell("update", &json!({ "uri": "test://b" }));
    assert_eq!(held.next().0, Audience::Only(vec![2]));
    held.session.holder_left(2);
    // A request in between, so that the new stream is acknowledged and the old one cancelled before the server is asked.
    held.subscribe(1, "test://c").unwrap();
    let left = json!({ "toolsListChanged": true, "resourceSubscriptions": ["test://a", "test://c"] });
    assert_eq!(held.streams(), [left]);
    held.tell("change", &json!({}));
    assert_eq!(held.next().1, "notifications/tools/list_changed");
    held.tell("log", &json!({ "level": "info", "data": "last" }));
    assert_eq!(held.next().1, "notifications/message", "the change was heard once");
    let error = held.subscribe(1, "test://no").unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported, "{error}");
}

#[test]
fn a_stream_that_the_server_ends_is_opened_again_by_the_next_subscriber() {
    let held = alone(EraPlan::ModernOnly);
    held.subscribe(1, "test://a").unwrap();
    held.tell("close-streams", &json!({}));
    assert_eq!(held.streams(), Vec::<Value>::new());
    held.subscribe(2, "test://b").unwrap();
    let both = json!({ "toolsListChanged": true, "resourceSubscriptions": ["test://a", "test://b"] });
    assert_eq!(held.streams(), [both]);
}

#[test]
fn a_replacement_takes_over_what_its_holders_had() {
    for plan in BOTH {
        let cache = Arc::new(SharedCache::default());
        let (old, new) = (hold(plan, &cache), hold(plan, &cache));
        old.subscribe(7, "test://a").unwrap();
        old.done(7, "logging/setLevel", r#"{"level":"warning"}"#).unwrap();
        new.session.adopt(7, &old.session);
        old.session.holder_left(7);
        // Its own answer comes after the server's to what was adopted.
        new.subscribe(8, "test://a").unwrap();
        new.tell("update", &json!({ "uri": "test://a" }));
        assert_eq!(new.next().0, Audience::Only(vec![7, 8]), "{plan:?}");
        new.tell("log", &json!({ "level": "info", "data": "x" }));
        assert_eq!(new.next().0, Audience::Except(vec![7]), "{plan:?}");
    }
}

#[test]
fn the_process_is_as_talkative_as_its_most_curious_holder() {
    let held = alone(EraPlan::LegacyFirst);
    held.done(1, "logging/setLevel", r#"{"level":"warning"}"#).unwrap();
    held.done(2, "logging/setLevel", r#"{"level":"debug"}"#).unwrap();
    held.done(3, "logging/setLevel", r#"{"level":"error"}"#).unwrap();
    assert_eq!((held.server.text_of("level").as_str(), held.asked("logging/setLevel")), ("\"debug\"", 2));
    held.tell("log", &json!({ "level": "info", "data": "x" }));
    assert_eq!(held.next().0, Audience::Except(vec![1, 3]));
    held.session.holder_left(2);
    assert_eq!(held.server.text_of("level"), "\"warning\"");
}

#[test]
fn the_modern_log_level_is_part_of_each_request_of_its_holder() {
    let held = alone(EraPlan::ModernOnly);
    held.done(1, "logging/setLevel", r#"{"level":"notice"}"#).unwrap();
    assert_eq!(held.asked("logging/setLevel"), 0);
    let meta = |holder| {
        let answer = text(outcome(&held.ask(holder, "tools/call", r#"{"name":"meta"}"#)));
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    assert_eq!(meta(1)["io.modelcontextprotocol/logLevel"], "notice");
    assert!(meta(2).get("io.modelcontextprotocol/logLevel").is_none());
}

#[test]
fn a_server_is_asked_for_a_sign_of_life_in_its_own_words() {
    for (plan, method) in [(EraPlan::LegacyFirst, "ping"), (EraPlan::ModernOnly, "server/discover")] {
        let held = alone(plan);
        let before = held.asked(method);
        let (sender, answer) = mpsc::channel();
        held.session.ping(Box::new(move |outcome: Result<Reply>| drop(sender.send(outcome))));
        answer.recv_timeout(PATIENCE).unwrap().unwrap();
        assert_eq!(held.asked(method), before + 1);
    }
}
