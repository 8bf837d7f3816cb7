//! A server process with a connection to it, for tests. Ends and reaps its process whatever the test does.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use procman::mcp::connection::{Connection, ConnectionConfig};
use procman::mcp::reply::{Listener, Reply, RequestId, RequestOptions};
use procman::model::{Error, Result};

/// Far beyond anything that is expected, so that a hang fails instead of blocking the run.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps the notifications of a server.
pub(crate) struct Heard {
    sender: Mutex<mpsc::Sender<(String, String)>>,
    pub(crate) receiver: Mutex<Receiver<(String, String)>>,
}

impl Listener for Heard {
    fn notification(&self, method: &str, params: &[u8]) {
        let _ = self.sender.lock().send((method.to_owned(), String::from_utf8_lossy(params).into_owned()));
    }
}

impl Heard {
    pub(crate) fn next(&self) -> (String, String) {
        self.receiver.lock().recv_timeout(PATIENCE).expect("a notification")
    }
}

pub(crate) struct Server {
    child: Child,
    pub(crate) connection: Arc<Connection>,
    pub(crate) heard: Arc<Heard>,
    engine: Option<JoinHandle<Error>>,
}

pub(crate) type Outcome = Receiver<Result<Reply>>;

impl Server {
    pub(crate) fn start(program: &str, mode: &str) -> Self {
        Self::start_with(program, mode, ConnectionConfig::new("test"))
    }

    pub(crate) fn start_with(program: &str, mode: &str, config: ConnectionConfig) -> Self {
        let heard = Self::deaf();
        let listener = Arc::clone(&heard) as Arc<dyn Listener>;
        Self::start_for(program, mode, config, heard, listener)
    }

    /// Keeps what it is told, by nobody yet.
    pub(crate) fn deaf() -> Arc<Heard> {
        let (sender, receiver) = mpsc::channel();
        Arc::new(Heard { sender: Mutex::new(sender), receiver: Mutex::new(receiver) })
    }

    /// With a listener of the test's own; nothing arrives in `heard` but what that passes on.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests the connection without the guard; dropped means killed and reaped"
    )]
    pub(crate) fn start_for(
        program: &str,
        mode: &str,
        config: ConnectionConfig,
        heard: Arc<Heard>,
        listener: Arc<dyn Listener>,
    ) -> Self {
        let mut child = Command::new(example(program))
            .arg(mode)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example servers: a run of chosen tests needs `cargo build --examples` first");
        let stdin = OwnedFd::from(child.stdin.take().expect("a pipe"));
        let connection = Connection::new(config, stdin, listener).expect("a non-blocking pipe");
        let (stdout, stderr) =
            (child.stdout.take().expect("a pipe").into(), child.stderr.take().expect("a pipe").into());
        let driven = Arc::clone(&connection);
        let engine = thread::spawn(move || {
            runtime().block_on(driven.drive(stdout, Some(stderr))).expect("descriptors that epoll takes")
        });
        Self { child, connection, heard, engine: Some(engine) }
    }

    pub(crate) fn call(&self, tool: &str, arguments: &str) -> (RequestId, Outcome) {
        self.call_with(tool, arguments, RequestOptions::default())
    }

    pub(crate) fn call_with(
        &self,
        tool: &str,
        arguments: &str,
        options: RequestOptions,
    ) -> (RequestId, Outcome) {
        let (sender, receiver) = mpsc::channel();
        let sink = move |outcome| sender.send(outcome).expect("the test waits, and for one outcome only");
        let params = format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#);
        (self.connection.request("tools/call", params.as_bytes(), options, Box::new(sink)), receiver)
    }

    /// The text of a call that succeeds.
    pub(crate) fn text_of(&self, tool: &str) -> String {
        text(self.call(tool, "{}").1.recv_timeout(PATIENCE).expect("an outcome"))
    }

    /// Waits for the process and reports its end, as the guard's client does.
    pub(crate) fn report_exit(&mut self) {
        let status = self.child.wait().expect("a child of ours");
        self.connection.exited(status.code(), None);
    }

    /// Sends a signal to the server, which is ours and not reaped yet.
    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.child.id().cast_signed()), signal)
            .expect("not reaped yet");
    }

    /// Why the connection ended; waits for it.
    pub(crate) fn ended(&mut self) -> Error {
        self.engine.take().expect("asked once").join().expect("the engine does not panic")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let status = self.child.wait();
        self.connection.exited(status.ok().and_then(|status| status.code()), None);
        if let Some(engine) = self.engine.take() {
            let _ = engine.join();
        }
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().expect("a runtime")
}

/// The first text block.
pub(crate) fn text(outcome: Result<Reply>) -> String {
    let reply = outcome.expect("a result");
    let result: serde_json::Value = serde_json::from_slice(reply.result()).expect("JSON");
    result["content"][0]["text"].as_str().expect("a text block").to_owned()
}

pub(crate) fn outcome(receiver: &Outcome) -> Result<Reply> {
    receiver.recv_timeout(PATIENCE).expect("an outcome")
}

fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    test.parent().and_then(|deps| deps.parent()).expect("target/<profile>/deps").join("examples").join(name)
}
