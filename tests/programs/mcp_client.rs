//! Calls per second of the connection against the native echo server, Rust to Rust: the floor for every binding on top.
//!
//! `cargo run --release --no-default-features --example mcp_client` (after `--example echo_server`)
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use procman::mcp::connection::{Connection, ConnectionConfig};
use procman::mcp::output;
use procman::mcp::reply::{Deaf, Reply, RequestOptions};
use procman::model::Result;

fn main() -> io::Result<()> {
    let (mut server, connection, engine) = start()?;
    for in_flight in [1, 16, 64] {
        let mut rounds: Vec<f64> = (0..5).map(|_| calls_per_second(&connection, in_flight, 40_000)).collect();
        println!("{in_flight:>3} in flight: {:>8.0} calls/s (median of 5)", median(&mut rounds));
    }
    let params = format!(r#"{{"name":"echo","arguments":{{"text":"{}"}}}}"#, "x".repeat(1 << 20));
    time("1 MiB echo, text rendered", &connection, &params);
    time("1 MiB result of a small call", &connection, r#"{"name":"big","arguments":{"bytes":1048576}}"#);
    time_render();
    connection.close_stdin(&procman::model::Error::new(procman::model::ErrorCode::Closed, "done"));
    let status = server.wait()?;
    connection.exited(status.code(), None);
    engine.join().map_err(|_| io::Error::other("the engine thread panicked"))?
}

type Engine = thread::JoinHandle<io::Result<()>>;

#[expect(
    clippy::disallowed_methods,
    reason = "a bench of the connection alone: no guard, the child is waited for"
)]
fn start() -> io::Result<(Child, Arc<Connection>, Engine)> {
    let program: PathBuf = std::env::current_exe()?.with_file_name("echo_server");
    let mut server = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (Some(stdin), Some(stdout)) = (server.stdin.take(), server.stdout.take()) else {
        return Err(io::Error::other("no pipes"));
    };
    let connection = Connection::new(ConnectionConfig::new("echo"), OwnedFd::from(stdin), Arc::new(Deaf))?;
    let driven = Arc::clone(&connection);
    let engine = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        runtime.block_on(driven.drive(OwnedFd::from(stdout), None)).map(drop)
    });
    Ok((server, connection, engine))
}

/// As a JavaScript host does it: one thread sends, another settles, and the next wave starts with each settled call.
fn calls_per_second(connection: &Arc<Connection>, in_flight: usize, calls: usize) -> f64 {
    let (done, settled) = mpsc::channel();
    let failures = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    for _ in 0..in_flight {
        call(connection, &done, &failures);
    }
    for sent in in_flight..calls + in_flight {
        let _ = settled.recv();
        if sent < calls {
            call(connection, &done, &failures);
        }
    }
    assert_eq!(failures.load(Ordering::Relaxed), 0, "every call must succeed");
    calls as f64 / started.elapsed().as_secs_f64()
}

fn call(connection: &Connection, done: &Sender<()>, failures: &Arc<AtomicUsize>) {
    let (done, failures) = (done.clone(), Arc::clone(failures));
    let sink = move |outcome: Result<Reply>| {
        failures.fetch_add(usize::from(outcome.is_err()), Ordering::Relaxed);
        let _ = done.send(());
    };
    let params = br#"{"name":"echo","arguments":{"text":"hello"}}"#;
    connection.request("tools/call", params, RequestOptions::default(), Box::new(sink));
}

fn time(what: &str, connection: &Connection, params: &str) {
    let mut rounds: Vec<f64> = (0..41)
        .map(|_| {
            let (done, settled) = mpsc::channel();
            let started = Instant::now();
            let sink = move |outcome: Result<Reply>| drop(done.send(outcome));
            connection.request("tools/call", params.as_bytes(), RequestOptions::default(), Box::new(sink));
            let Ok(Ok(reply)) = settled.recv_timeout(Duration::from_secs(10)) else { return f64::NAN };
            std::hint::black_box(output::render(reply.result()).is_ok());
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    println!("{what}: {:.2} ms (median of {})", median(&mut rounds), rounds.len());
}

/// A megabyte of JSON inside a text block, as many tools answer.
fn time_render() {
    let row = r#"{"gid":"1204","name":"Task \"one\"","tags":["a","b"],"due":null,"n":12.5}"#;
    let rows = vec![row; (1 << 20) / row.len()].join(",");
    let text = serde_json::Value::from(format!("[{rows}]"));
    let result = format!(r#"{{"content":[{{"type":"text","text":{text}}}]}}"#);
    let mut rounds: Vec<f64> = (0..41)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(output::render(result.as_bytes()).is_ok());
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    println!("1 MiB of JSON in a text block, rendered: {:.2} ms", median(&mut rounds));
}

fn median(rounds: &mut [f64]) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
