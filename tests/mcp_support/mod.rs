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
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps the notifications of a server.
pub struct Heard {
    sender: Mutex<mpsc::Sender<(String, String)>>,
    pub receiver: Mutex<Receiver<(String, String)>>,
}

impl Listener for Heard {
    fn notification(&self, method: &str, params: &[u8]) {
        let _ = self.sender.lock().send((method.to_owned(), String::from_utf8_lossy(params).into_owned()));
    }
}

impl Heard {
    pub fn next(&self) -> (String, String) {
        self.receiver.lock().recv_timeout(PATIENCE).expect("a notification")
    }
}

pub struct Server {
    child: Child,
    pub connection: Arc<Connection>,
    pub heard: Arc<Heard>,
    engine: Option<JoinHandle<Error>>,
}

pub type Outcome = Receiver<Result<Reply>>;

impl Server {
    pub fn start(program: &str, mode: &str) -> Self {
        Self::start_with(program, mode, ConnectionConfig::new("test"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "tests the connection without the guard; dropped means killed and reaped"
    )]
    pub fn start_with(program: &str, mode: &str, config: ConnectionConfig) -> Self {
        let mut child = Command::new(example(program))
            .arg(mode)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example servers: a run of chosen tests needs `cargo build --examples` first");
        let (sender, receiver) = mpsc::channel();
        let heard = Arc::new(Heard { sender: Mutex::new(sender), receiver: Mutex::new(receiver) });
        let stdin = OwnedFd::from(child.stdin.take().unwrap());
        let connection = Connection::new(config, stdin, Arc::clone(&heard) as Arc<dyn Listener>).unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap().into(), child.stderr.take().unwrap().into());
        let driven = Arc::clone(&connection);
        let engine = thread::spawn(move || {
            runtime().block_on(driven.drive(stdout, Some(stderr))).expect("descriptors that epoll takes")
        });
        Self { child, connection, heard, engine: Some(engine) }
    }

    pub fn call(&self, tool: &str, arguments: &str) -> (RequestId, Outcome) {
        self.call_with(tool, arguments, RequestOptions::default())
    }

    pub fn call_with(&self, tool: &str, arguments: &str, options: RequestOptions) -> (RequestId, Outcome) {
        let (sender, receiver) = mpsc::channel();
        let sink = move |outcome| sender.send(outcome).expect("the test waits, and for one outcome only");
        let params = format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#);
        (self.connection.request("tools/call", params.as_bytes(), options, Box::new(sink)), receiver)
    }

    /// The text of a call that succeeds.
    pub fn text_of(&self, tool: &str) -> String {
        text(self.call(tool, "{}").1.recv_timeout(PATIENCE).expect("an outcome"))
    }

    /// Waits for the process and reports its end, as the guard's client does.
    pub fn report_exit(&mut self) {
        let status = self.child.wait().unwrap();
        self.connection.exited(status.code(), None);
    }

    /// Sends a signal to the server, which is ours and not reaped yet.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Why the connection ended; waits for it.
    pub fn ended(&mut self) -> Error {
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

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().unwrap()
}

/// The first text block.
pub fn text(outcome: Result<Reply>) -> String {
    let reply = outcome.expect("a result");
    let result: serde_json::Value = serde_json::from_slice(reply.result()).unwrap();
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

pub fn outcome(receiver: &Outcome) -> Result<Reply> {
    receiver.recv_timeout(PATIENCE).expect("an outcome")
}

fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(|deps| deps.parent()).unwrap().join("examples").join(name)
}
