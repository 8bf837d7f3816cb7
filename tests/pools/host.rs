//! One engine with one environment, and what it hears.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use parking_lot::Mutex;
use procman::engine::{
    Acquire, AcquireWait, Acquired, Begun, CallRequest, CallSink, Engine, HostContext, LeaseInfo, PoolSink,
    Question, RetryRule, Settled, Target,
};
use procman::model::{Error, Result};
use serde_json::{Value, json};

/// Far beyond anything that is expected, so that a hang fails instead of blocking the run.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The environment of these tests.
pub(crate) const ME: u64 = 1;

/// What the environment is told of leases and pools.
#[derive(Debug)]
pub(crate) enum Heard {
    Granted(u32, u64),
    Refused(u32, Error),
    Notice(u64, Value),
    Notification(Vec<u64>, Value),
    Question(u64, u64, Value),
    Withdrawn(u64, u64),
}

/// Letters, and events beside them.
pub(crate) struct Post {
    letters: Mutex<Sender<Heard>>,
    events: Mutex<Sender<Value>>,
    /// The engine's thread, in `/proc`.
    engine: Mutex<Option<PathBuf>>,
}

impl PoolSink for Post {
    fn granted(&self, token: u32, lease: u64) {
        let _ = self.letters.lock().send(Heard::Granted(token, lease));
    }

    fn refused(&self, token: u32, error: Error) {
        let _ = self.letters.lock().send(Heard::Refused(token, error));
    }

    fn notice(&self, lease: u64, json: String) {
        let _ = self.letters.lock().send(Heard::Notice(lease, parse(&json)));
    }

    fn notification(&self, leases: Vec<u64>, json: String) {
        let _ = self.letters.lock().send(Heard::Notification(leases, parse(&json)));
    }

    fn question(&self, lease: u64, question: u64, json: String) {
        let _ = self.letters.lock().send(Heard::Question(lease, question, parse(&json)));
    }

    fn question_withdrawn(&self, lease: u64, question: u64) {
        let _ = self.letters.lock().send(Heard::Withdrawn(lease, question));
    }

    fn event(&self, _pool: u64, json: String) {
        let event = parse(&json);
        if event["event"] == "server-created" {
            let task = std::fs::read_link("/proc/thread-self").expect("a thread");
            *self.engine.lock() = Some(PathBuf::from("/proc").join(task));
        }
        let _ = self.events.lock().send(event);
    }
}

/// Where one call's end arrives: what `read` makes of its result.
struct End<T>(Mutex<Sender<Result<T>>>, fn(Value) -> T);

impl<T: Send> CallSink for End<T> {
    fn settled(&self, settled: Settled) {
        let told = settled
            .outcome
            .map(|answer| (self.1)(serde_json::from_slice(answer.reply.result()).expect("JSON")));
        let _ = self.0.lock().send(told);
    }

    fn progress(&self, _number: u64, _params: &[u8]) {}
}

/// A host of pools. Everything that it started is gone when it is dropped.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    post: Arc<Post>,
    letters: Receiver<Heard>,
    events: Receiver<Value>,
}

impl Host {
    pub(crate) fn new() -> Self {
        let engine = Engine::default();
        engine.use_guard(env!("CARGO_BIN_EXE_procman-guard").as_ref(), here());
        let (letter_sender, letters) = mpsc::channel();
        let (event_sender, events) = mpsc::channel();
        let post = Arc::new(Post {
            letters: Mutex::new(letter_sender),
            events: Mutex::new(event_sender),
            engine: Mutex::default(),
        });
        Self { engine, post, letters, events }
    }

    /// A pool of echo servers that tells its events.
    pub(crate) fn pool(&self, options: Value) -> u64 {
        self.pool_of(json!({ "command": example("echo_server") }), options)
    }

    pub(crate) fn pool_of(&self, command: Value, options: Value) -> u64 {
        let (Value::Object(mut all), Value::Object(options)) = (command, options) else {
            panic!("two objects")
        };
        all.extend(options);
        let pool = self.engine.open_pool(&Value::Object(all).to_string(), "{}", ME, here()).unwrap();
        self.engine.listen_to_pool(pool, ME, Some(Arc::<Post>::clone(&self.post)));
        pool
    }

    pub(crate) fn acquire(
        &self,
        pool: u64,
        session: Option<&str>,
        wait: AcquireWait,
        token: u32,
    ) -> Result<Acquired> {
        self.acquire_with(pool, session, wait, token, 0)
    }

    pub(crate) fn acquire_with(
        &self,
        pool: u64,
        session: Option<&str>,
        wait: AcquireWait,
        token: u32,
        handlers: u8,
    ) -> Result<Acquired> {
        let sink: Arc<dyn PoolSink> = Arc::<Post>::clone(&self.post);
        self.engine.acquire(Acquire {
            pool,
            session,
            wait,
            handlers,
            token,
            owner: ME,
            sink,
            host: Some(here()),
        })
    }

    /// A lease, waited for where need be.
    pub(crate) fn lease(&self, pool: u64, session: Option<&str>) -> u64 {
        match self.acquire(pool, session, AcquireWait::Default, 0).unwrap() {
            Acquired::Ready(lease) => lease,
            Acquired::Waits => self.granted(0),
            Acquired::NeedsHost => panic!("the host was given"),
        }
    }

    pub(crate) fn granted(&self, token: u32) -> u64 {
        match self.letter() {
            Heard::Granted(to, lease) if to == token => lease,
            other => panic!("{other:?} instead of a lease for {token}"),
        }
    }

    pub(crate) fn refused(&self, token: u32) -> Error {
        match self.letter() {
            Heard::Refused(to, error) if to == token => error,
            other => panic!("{other:?} instead of a refusal of {token}"),
        }
    }

    pub(crate) fn notice(&self) -> (u64, Value) {
        match self.letter() {
            Heard::Notice(lease, notice) => (lease, notice),
            other => panic!("{other:?} instead of a notice"),
        }
    }

    /// The next notice of this event; others are passed over.
    pub(crate) fn notice_of(&self, event: &str) -> (u64, Value) {
        loop {
            let (lease, notice) = self.notice();
            if notice["event"] == event {
                return (lease, notice);
            }
        }
    }

    pub(crate) fn letter(&self) -> Heard {
        self.letters.recv_timeout(PATIENCE).expect("a letter")
    }

    /// No letter has come so far. What happens later it cannot say.
    pub(crate) fn no_letter(&self) {
        assert!(self.letters.try_recv().is_err());
    }

    /// The next event of this name; others are passed over.
    pub(crate) fn event(&self, name: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {name}"));
            if event["event"] == name {
                return event;
            }
        }
    }

    /// Lets time pass in which no letter comes.
    pub(crate) fn nothing_for(&self, time: Duration) {
        assert!(self.letters.recv_timeout(time).is_err());
    }

    /// How often the engine thread of this host went to sleep so far. Known once an instance was created.
    pub(crate) fn engine_wakes(&self) -> u64 {
        let task = self.post.engine.lock().clone().expect("an instance was created");
        let status = std::fs::read_to_string(task.join("status")).expect("the engine lives");
        let switches = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        switches.and_then(|count| count.trim().parse().ok()).expect("a number")
    }

    pub(crate) fn call(
        &self,
        target: Target,
        session: Option<&str>,
        tool: &str,
        arguments: &str,
    ) -> Receiver<Result<String>> {
        self.ask(target, session, Question::Tool { tool: tool.into() }, arguments)
    }

    /// A request of a lease that is no tool; its text is empty.
    pub(crate) fn request(&self, lease: u64, method: &str, params: &str) -> Result<String> {
        self.request_of(Target::Lease(lease), None, method, params)
    }

    /// A request of a lease and its whole result.
    pub(crate) fn raw_request(&self, lease: u64, method: &str, params: &str) -> Value {
        let question = Question::Method { method: method.into() };
        let end = self.ask_for(Target::Lease(lease), None, question, params, |result| result);
        end.recv_timeout(PATIENCE).expect("an end").unwrap()
    }

    /// The same, of anybody.
    pub(crate) fn request_of(
        &self,
        target: Target,
        session: Option<&str>,
        method: &str,
        params: &str,
    ) -> Result<String> {
        let question = Question::Method { method: method.into() };
        self.ask(target, session, question, params).recv_timeout(PATIENCE).expect("an end")
    }

    fn ask(
        &self,
        target: Target,
        session: Option<&str>,
        question: Question,
        payload: &str,
    ) -> Receiver<Result<String>> {
        let text = |result: Value| result["content"][0]["text"].as_str().unwrap_or_default().to_owned();
        self.ask_for(target, session, question, payload, text)
    }

    fn ask_for<T: Send + 'static>(
        &self,
        target: Target,
        session: Option<&str>,
        question: Question,
        payload: &str,
        read: fn(Value) -> T,
    ) -> Receiver<Result<T>> {
        let (sender, receiver) = mpsc::channel();
        let request = CallRequest {
            target,
            server: "".into(),
            session: session.map(str::to_owned),
            question,
            payload: payload.as_bytes().to_vec().into(),
            timeout: Some(PATIENCE),
            max_total: None,
            reset_on_progress: false,
            wants_progress: false,
            takes_input: false,
            render: false,
            max_retries: 0,
            retry: RetryRule::NeverSent,
        };
        let begun =
            self.engine.begin(request, ME, false, Arc::new(End(Mutex::new(sender), read)), Some(here()));
        assert!(matches!(begun, Begun::Call(_)));
        receiver
    }

    pub(crate) fn answer(
        &self,
        target: Target,
        session: Option<&str>,
        tool: &str,
        arguments: &str,
    ) -> Result<String> {
        self.call(target, session, tool, arguments).recv_timeout(PATIENCE).expect("an end")
    }

    /// The process that serves a lease, as it says itself.
    pub(crate) fn pid_of(&self, lease: u64) -> String {
        self.answer(Target::Lease(lease), None, "pid", "{}").unwrap()
    }

    /// The name of the instance that a lease is on.
    pub(crate) fn instance_of(&self, lease: u64) -> String {
        let info = self.info(lease);
        let pool = self.engine.pool_name(info.pool).expect("a pool");
        format!("{pool}-{}", info.instance.expect("an instance"))
    }

    pub(crate) fn info(&self, lease: u64) -> LeaseInfo {
        self.engine.lease_info(lease).expect("an open lease")
    }

    pub(crate) fn stats(&self, pool: u64) -> Value {
        parse(&self.engine.pool_stats(pool).expect("a pool"))
    }

    pub(crate) fn shut_down_pool(&self, pool: u64) {
        let (sender, receiver) = mpsc::channel();
        self.engine.shut_down_pool(pool, None, move || sender.send(()).unwrap_or(()));
        receiver.recv_timeout(PATIENCE).expect("an end");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let (sender, receiver) = mpsc::channel();
        self.engine.shut_down(None, move || sender.send(()).unwrap_or(()));
        let _ = receiver.recv_timeout(PATIENCE);
    }
}

pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    test.parent().and_then(|deps| deps.parent()).expect("target/<profile>/deps").join("examples").join(name)
}

pub(crate) fn is_alive(pid: &str) -> bool {
    std::path::Path::new("/proc").join(pid).exists()
}

fn here() -> HostContext {
    let entries = std::env::vars().map(|(name, value)| format!("{name}={value}").into_bytes()).collect();
    HostContext { cwd: std::env::current_dir().expect("a directory"), entries }
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}
