//! The connection against servers that misbehave. Each test is named for what would break.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::{PATIENCE, Server, outcome, text};
use nix::sys::signal::Signal;
use parking_lot::Mutex;
use procman::mcp::connection::ConnectionConfig;
use procman::mcp::reply::{ProgressSink, RequestOptions};
use procman::model::{Error, ErrorCode};

fn hostile() -> Server {
    Server::start("hostile_server", "")
}

#[test]
fn junk_on_stdout_hurts_no_call() {
    let server = hostile();
    assert_eq!(server.text_of("pollute"), "clean");
    assert_eq!(server.connection.counts().junk_lines, 4);
    assert!(server.connection.junk_tail()[0].contains("npm WARN"));
}

#[test]
fn an_answer_written_byte_by_byte_keeps_its_code_points() {
    assert_eq!(hostile().text_of("split"), "žluťoučký kůň 🐴");
}

#[test]
fn ids_inside_a_result_before_the_id_settle_nobody_else() {
    let server = hostile();
    let (_, held) = server.call("hold", "{}");
    let result = outcome(&server.call("key-order", "{}").1).unwrap();
    assert_eq!(result.result(), br#"{"id":1,"deep":{"id":2}}"#);
    assert!(held.try_recv().is_err());
    assert_eq!(server.text_of("string-id"), "text id");
}

#[test]
fn an_answer_over_the_cap_fails_that_call_and_its_neighbours_live() {
    let server = hostile();
    let before = server.call("echo", "{}").1;
    let huge = server.call("huge", r#"{"bytes":104857600}"#).1;
    let after = server.call("echo", "{}").1;
    let error = outcome(&huge).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CallTooLarge);
    assert!(error.message().contains("67108864"), "{error}");
    assert_eq!(text(outcome(&before)), "fine");
    assert_eq!(text(outcome(&after)), "fine");
    // The control: the same call below the cap is whole.
    let fits = outcome(&server.call("huge", r#"{"bytes":1048576}"#).1).unwrap();
    assert_eq!(fits.result().len(), (1 << 20) + r#"{"content":[{"type":"text","text":""}],"id":1}"#.len());
}

#[test]
fn wrong_unknown_and_repeated_ids_are_counted_and_dropped() {
    let server = hostile();
    assert_eq!(server.text_of("wrong-ids"), "right");
    assert_eq!(server.text_of("echo"), "fine");
    let counts = server.connection.counts();
    assert_eq!((counts.late_answers, counts.unknown_answers, counts.pending), (1, 1, 0));
}

#[test]
fn answers_out_of_order_reach_their_own_calls() {
    let server = hostile();
    for last in ["release-backwards", "batch"] {
        let mut calls: Vec<_> = (0..20).map(|_| server.call("hold", "{}")).collect();
        calls.push(server.call(last, "{}"));
        for (id, receiver) in calls {
            assert_eq!(text(outcome(&receiver)), id.to_string());
        }
    }
}

#[test]
fn a_cancelled_call_settles_once_and_its_late_answer_is_dropped() {
    let server = hostile();
    let (id, held) = server.call("hold", "{}");
    let (_, neighbour) = server.call("hold", "{}");
    let timeout = Error::new(ErrorCode::CallTimeout, "too slow");
    assert!(server.connection.cancel(id, "timeout", timeout.clone()));
    assert!(!server.connection.cancel(id, "timeout", timeout));
    assert_eq!(outcome(&held).unwrap_err().code(), ErrorCode::CallTimeout);
    let (method, params) = server.heard.next();
    assert_eq!((method.as_str(), params), ("notifications/saw_cancel", format!(r#"{{"requestId":{id}}}"#)));
    // The hostile server answers the cancelled call before it reads this one.
    assert_eq!(server.text_of("release-backwards"), "3");
    assert_eq!(text(outcome(&neighbour)), "2");
    assert_eq!(server.text_of("echo"), "fine");
    assert_eq!(
        server.connection.counts().late_answers,
        2,
        "one after the cancellation, one from the held list"
    );
}

#[test]
fn a_server_that_does_not_read_blocks_nobody_and_is_not_fed_for_ever() {
    let mut config = ConnectionConfig::new("deaf");
    config.max_queued_bytes = 4 << 20;
    let server = Server::start_with("hostile_server", "", config);
    assert_eq!(server.text_of("stop-reading"), "deaf now");
    let megabyte = format!(r#"{{"text":"{}"}}"#, "x".repeat(1 << 20));
    let calls: Vec<_> = (0..8).map(|_| server.call("echo", &megabyte)).collect();
    let refused = outcome(&calls[7].1).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::PoolExhausted);
    assert!(refused.is_retryable());
    assert!(server.connection.counts().queued_bytes <= 4 << 20);
    // Queued whole: taken back without a word to the server. The first one is in the pipe in part.
    assert!(server.connection.cancel(calls[2].0, "x", Error::new(ErrorCode::Aborted, "x")));
    assert_eq!(outcome(&calls[2].1).unwrap_err().details()["sent"], false);
    assert!(server.connection.cancel(calls[0].0, "x", Error::new(ErrorCode::Aborted, "x")));
    assert_eq!(outcome(&calls[0].1).unwrap_err().details()["sent"], true);
}

#[test]
fn what_was_never_sent_is_told_apart_when_a_deaf_server_dies() {
    let mut server = hostile();
    assert_eq!(server.text_of("stop-reading"), "deaf now");
    let megabyte = format!(r#"{{"text":"{}"}}"#, "x".repeat(1 << 20));
    let begun = server.call("echo", &megabyte).1;
    let queued = server.call("echo", "{}").1;
    server.signal(Signal::SIGKILL);
    server.report_exit();
    let (begun, queued) = (outcome(&begun).unwrap_err(), outcome(&queued).unwrap_err());
    assert_eq!(begun.code(), ErrorCode::ServerExited);
    assert_eq!((&begun.details()["sent"], begun.is_retryable()), (&true.into(), false));
    assert_eq!((&queued.details()["sent"], queued.is_retryable()), (&false.into(), true));
    let later = outcome(&server.call("echo", "{}").1).unwrap_err();
    assert_eq!((later.code(), later.is_retryable()), (ErrorCode::ServerExited, true));
}

#[test]
fn megabytes_both_ways_at_once_do_not_deadlock() {
    let server = hostile();
    let first = server.call("answer-while-not-reading", "{}").1;
    let megabyte = format!(r#"{{"text":"{}"}}"#, "x".repeat(1 << 20));
    let calls: Vec<_> = (0..16).map(|_| server.call("echo", &megabyte).1).collect();
    assert_eq!(text(outcome(&first)), "reading again");
    for call in calls {
        assert_eq!(text(outcome(&call)), "fine");
    }
}

#[test]
fn a_stopped_server_gets_its_megabytes_when_it_goes_on() {
    let server = Server::start("echo_server", "");
    server.signal(Signal::SIGSTOP);
    let megabyte = format!(r#"{{"text":"{}"}}"#, "y".repeat(1 << 20));
    let calls: Vec<_> = (0..8).map(|_| server.call("echo", &megabyte).1).collect();
    assert!(server.connection.counts().queued_bytes > 0, "the control: a stopped server takes no megabytes");
    server.signal(Signal::SIGCONT);
    for call in calls {
        assert_eq!(text(outcome(&call)).len(), 1 << 20);
    }
}

#[test]
fn a_crash_in_mid_call_fails_all_pending_with_status_and_stderr() {
    let mut server = hostile();
    let held = server.call("hold", "{}").1;
    let crashed = server.call("crash", "{}").1;
    server.report_exit();
    for error in [outcome(&held).unwrap_err(), outcome(&crashed).unwrap_err()] {
        assert_eq!(error.code(), ErrorCode::ServerExited);
        assert_eq!(error.details()["exitCode"], 42);
        assert_eq!(error.details()["sent"], true);
        assert!(!error.is_retryable(), "it may have been executed");
        assert!(error.message().contains("code 42") && error.message().contains("out of cheese"), "{error}");
    }
    assert_eq!(server.ended().code(), ErrorCode::ServerExited);
}

#[test]
fn an_answer_written_just_before_a_crash_is_an_answer() {
    let mut server = hostile();
    let last_words = server.call("answer-and-crash", "{}").1;
    server.report_exit();
    assert_eq!(text(outcome(&last_words)), "last words");
}

#[test]
fn a_server_that_closes_stdout_and_lives_fails_its_calls() {
    let mut server = hostile();
    let error = outcome(&server.call("close-stdout", "{}").1).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerProtocol);
    assert!(
        error.message().contains("closed its stdout") && error.message().contains("going mute"),
        "{error}"
    );
    assert_eq!(server.ended().code(), ErrorCode::ServerProtocol);
}

#[test]
fn a_server_s_ping_is_answered_and_other_requests_are_refused() {
    let server = hostile();
    assert_eq!(server.text_of("ask"), "asked");
    let pong: serde_json::Value = serde_json::from_str(&server.heard.next().1).unwrap();
    assert_eq!(pong, serde_json::json!({ "jsonrpc": "2.0", "id": "srv-1", "result": {} }));
    let refusal: serde_json::Value = serde_json::from_str(&server.heard.next().1).unwrap();
    assert_eq!((&refusal["id"], &refusal["error"]["code"]), (&2.into(), &(-32601).into()));
}

#[derive(Default)]
struct Steps(Mutex<Vec<String>>);

impl ProgressSink for Steps {
    fn progress(&self, params: &[u8]) {
        let params: serde_json::Value = serde_json::from_slice(params).expect("JSON");
        self.0.lock().push(params["progress"].to_string());
    }
}

#[test]
fn progress_reaches_its_own_call_and_nobody_is_asked_for_it_unheard() {
    let server = hostile();
    let steps = Arc::new(Steps::default());
    let options = RequestOptions {
        progress: Some(Arc::clone(&steps) as Arc<dyn ProgressSink>),
        ..RequestOptions::default()
    };
    let (id, call) = server.call_with("progress", "{}", options);
    assert_eq!(text(outcome(&call)), id.to_string(), "the token is ours");
    assert_eq!(*steps.0.lock(), ["1", "2", "3"]);
    assert_eq!(server.text_of("progress"), "null", "no listener, no token");
}

#[test]
fn a_flood_of_notifications_delays_but_breaks_nothing() {
    let server = hostile();
    assert_eq!(server.text_of("flood"), "after the flood");
    assert_eq!(server.heard.receiver.lock().try_iter().count(), 100_000);
}

#[test]
fn errors_of_the_protocol_reach_the_caller_with_their_data() {
    let server = hostile();
    let error = outcome(&server.call("rpc-error", "{}").1).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Rpc);
    assert_eq!(
        (&error.details()["rpcCode"], &error.details()["rpcData"]["why"]),
        (&(-32000).into(), &1.into())
    );
    let empty = outcome(&server.call("empty-answer", "{}").1).unwrap_err();
    assert_eq!(empty.code(), ErrorCode::ServerProtocol);
}

#[test]
fn every_call_settles_once_while_calls_cancellations_and_a_crash_race() {
    for round in 0..20 {
        let mut server = Server::start("echo_server", "");
        let settled = Arc::new(AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (connection, settled) = (&server.connection, &settled);
                scope.spawn(move || {
                    for number in 0..500 {
                        let settled = Arc::clone(settled);
                        let sink = move |_| {
                            settled.fetch_add(1, Ordering::Relaxed);
                        };
                        let params = br#"{"name":"echo","arguments":{"text":"x"}}"#;
                        let id = connection.request(
                            "tools/call",
                            params,
                            RequestOptions::default(),
                            Box::new(sink),
                        );
                        if number % 7 == thread {
                            connection.cancel(id, "race", Error::new(ErrorCode::Aborted, "race"));
                        }
                    }
                });
            }
            if round % 2 == 0 {
                server.signal(Signal::SIGKILL);
            }
        });
        if round % 2 == 0 {
            server.report_exit();
        } else {
            assert!(server.text_of("pid").parse::<u32>().is_ok());
            server.connection.fail_all(Error::new(ErrorCode::Closed, "enough"));
        }
        server.ended();
        assert_eq!(settled.load(Ordering::Relaxed), 2000);
        assert_eq!(server.connection.counts().pending, 0);
    }
}

#[test]
fn a_dropped_engine_leaves_nobody_waiting() {
    let runtime = crate::server::runtime();
    let (stdin, _server_in) = nix::unistd::pipe().map(|(read, write)| (write, read)).unwrap();
    let (stdout, _server_out) = nix::unistd::pipe().unwrap();
    let connection = procman::mcp::connection::Connection::new(
        ConnectionConfig::new("x"),
        stdin,
        Arc::new(procman::mcp::reply::Deaf),
    )
    .unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let sink = move |outcome: procman::model::Result<_>| {
        drop(sender.send(outcome.map(|_: procman::mcp::reply::Reply| ())));
    };
    runtime.block_on(async {
        let task = tokio::spawn(Arc::clone(&connection).drive(stdout, None));
        tokio::task::yield_now().await;
        connection.request("ping", b"", RequestOptions::default(), Box::new(sink));
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(receiver.recv_timeout(PATIENCE).unwrap().unwrap_err().code(), ErrorCode::Closed);
}
