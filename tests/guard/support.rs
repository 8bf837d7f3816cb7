//! A host in the test's own process, and the oracles: what the kernel says of who is left.

use std::collections::VecDeque;
use std::io::{PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use procman::guard::client::{Guard, GuardBinary, GuardEvent, GuardOptions, Received, Sent, seal_spec};
use procman::guard::protocol::{Ready, Request, SpawnFailed, SpawnRequest, Started, StopRequest, UnitEnd};
use procman::model::{ExitCause, Leftovers, MemoryCeiling, SpawnSpec};
use procman::sys::{pidfd, poll};

/// Nothing here takes longer, unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Where the guard is; a run as another user has copies of its own.
pub(crate) fn guard_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        std::env::var_os("PROCMAN_TEST_GUARD")
            .map_or_else(|| env!("CARGO_BIN_EXE_procman-guard").into(), PathBuf::from)
    })
}

/// Where the helper is.
pub(crate) fn helper_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        std::env::var("PROCMAN_TEST_HELPER")
            .unwrap_or_else(|_| env!("CARGO_BIN_EXE_procman-test-unit").to_owned())
    })
}

/// Rounds of a test that is about chance.
pub(crate) fn rounds(short: u32, long: u32) -> u32 {
    if std::env::var_os("PROCMAN_SOAK").is_some() { long } else { short }
}

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        let path = std::env::temp_dir().join(format!("procman-test-{:016x}", u64::from_ne_bytes(bytes)));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A host with one guard.
pub(crate) struct Host {
    pub(crate) guard: Guard,
    pub(crate) cookie: String,
    pub(crate) folder: Folder,
    pub(crate) ready: Ready,
    seen: VecDeque<GuardEvent>,
    next_unit: u64,
}

/// A unit and the reading end of its output.
pub(crate) struct Running {
    pub(crate) unit: u64,
    pub(crate) started: Started,
    pub(crate) hold: OwnedFd,
    pub(crate) output: PipeReader,
}

/// What a test varies about a guard.
#[derive(Default)]
pub(crate) struct With {
    pub(crate) cgroup: bool,
    pub(crate) failpoints: Vec<String>,
    pub(crate) state_dir: Option<PathBuf>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(With::default())
    }

    pub(crate) fn with(with: With) -> Self {
        let folder = Folder::new();
        let mut options = GuardOptions::new().unwrap();
        options.cgroup = with.cgroup;
        options.failpoints = with.failpoints;
        options.state_dir = Some(with.state_dir.unwrap_or_else(|| folder.0.clone()));
        let guard = Guard::start(&GuardBinary::open(guard_path()).unwrap(), &options).unwrap();
        let ready = Ready {
            capabilities: procman::guard::protocol::Capabilities {
                cgroup_kill: false,
                ledger: false,
                strong_identity: false,
                grace_after_host_death: false,
            },
            warnings: Vec::new(),
        };
        let mut host =
            Self { guard, cookie: options.cookie, folder, ready, seen: VecDeque::new(), next_unit: 1 };
        host.ready = host.wait_for(|event| match event {
            GuardEvent::Ready(ready) => Ok(ready),
            other => Err(other),
        });
        host
    }

    /// Starts the helper with these manners and no environment but what is given.
    pub(crate) fn spawn(&mut self, manners: &[&str]) -> Running {
        let (output, write) = std::io::pipe().unwrap();
        let unit = self.ask(&spec(helper_path(), manners, &[]), &write, Leftovers::Stop, 300);
        drop(write);
        self.started(unit, output)
    }

    pub(crate) fn started(&mut self, unit: u64, output: PipeReader) -> Running {
        let (started, hold) = self.wait_for(|event| match event {
            GuardEvent::Started(started, hold) if started.unit == unit => Ok((started, hold.unwrap())),
            GuardEvent::SpawnFailed(failed) if failed.unit == unit => panic!("not started: {failed:?}"),
            other => Err(other),
        });
        Running { unit, started, hold, output }
    }

    pub(crate) fn spawn_fails(&mut self, spec: &SpawnSpec) -> SpawnFailed {
        let (_output, write) = std::io::pipe().unwrap();
        let unit = self.ask(spec, &write, Leftovers::Stop, 300);
        self.wait_for(|event| match event {
            GuardEvent::SpawnFailed(failed) if failed.unit == unit => Ok(failed),
            GuardEvent::Started(started, _) if started.unit == unit => panic!("started: {started:?}"),
            other => Err(other),
        })
    }

    /// Sends a spawn request; stdin and stderr are `/dev/null`.
    pub(crate) fn ask(
        &mut self,
        spec: &SpawnSpec,
        output: impl AsFd,
        leftovers: Leftovers,
        grace_ms: u64,
    ) -> u64 {
        self.ask_limited(spec, output, leftovers, grace_ms, None)
    }

    /// The same, with a limit of its memory.
    pub(crate) fn ask_limited(
        &mut self,
        spec: &SpawnSpec,
        output: impl AsFd,
        leftovers: Leftovers,
        grace_ms: u64,
        memory: Option<MemoryCeiling>,
    ) -> u64 {
        let null = procman::sys::fd::null().unwrap();
        let sealed = seal_spec(spec).unwrap();
        let unit = self.next_unit;
        self.next_unit += 1;
        let request = SpawnRequest { unit, grace_ms, leftovers, memory, label: "helper".to_owned() };
        self.send(&Request::Spawn(request), &[sealed.as_fd(), null.as_fd(), output.as_fd(), null.as_fd()]);
        unit
    }

    pub(crate) fn send(&mut self, request: &Request, fds: &[BorrowedFd<'_>]) {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.guard.send(request, fds) {
                // Its death is what some tests are about, and shows itself elsewhere.
                Ok(Sent::Sent) | Err(_) => return,
                Ok(Sent::WouldBlock) if Instant::now() < until => {
                    poll::is_ready(self.guard.as_fd(), libc::POLLOUT, PATIENCE);
                }
                Ok(Sent::WouldBlock) => panic!("the guard takes nothing"),
            }
        }
    }

    pub(crate) fn stop(&mut self, unit: u64, force: bool, grace_ms: u64) {
        self.send(&Request::Stop(StopRequest { unit, force, grace_ms, cause: ExitCause::Stop }), &[]);
    }

    pub(crate) fn ended(&mut self, unit: u64) -> UnitEnd {
        self.wait_for(|event| match event {
            GuardEvent::Ended { unit: ended, end, .. } if ended == unit => Ok(*end),
            other => Err(other),
        })
    }

    /// The first event, seen already or to come, that `pick` takes.
    pub(crate) fn wait_for<T>(&mut self, pick: impl Fn(GuardEvent) -> Result<T, GuardEvent>) -> T {
        let mut kept = VecDeque::new();
        while let Some(event) = self.seen.pop_front() {
            match pick(event) {
                Ok(found) => {
                    kept.append(&mut self.seen);
                    self.seen = kept;
                    return found;
                }
                Err(event) => kept.push_back(event),
            }
        }
        self.seen = kept;
        loop {
            match pick(self.next_event().expect("the guard is gone")) {
                Ok(found) => return found,
                Err(event) => self.seen.push_back(event),
            }
        }
    }

    /// `None` when the guard closed its socket.
    pub(crate) fn next_event(&mut self) -> Option<GuardEvent> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match self.guard.recv().unwrap() {
                Received::Event(event) => return Some(*event),
                Received::End => return None,
                Received::WouldBlock => {
                    poll::is_ready(self.guard.as_fd(), libc::POLLIN, PATIENCE);
                }
            }
        }
        panic!("no event within {PATIENCE:?}; seen: {:?}", self.seen)
    }

    /// Everything that the guard still has to say, until it is gone.
    pub(crate) fn drain(&mut self) -> Vec<GuardEvent> {
        let mut events: Vec<GuardEvent> = self.seen.drain(..).collect();
        while let Some(event) = self.next_event() {
            events.push(event);
        }
        events
    }

    /// Asks the guard to leave and sees it go.
    pub(crate) fn shutdown(mut self) -> Vec<GuardEvent> {
        self.send(&Request::Shutdown { grace_ms: 300 }, &[]);
        let events = self.drain();
        self.reap();
        assert_nobody(&self.cookie);
        events
    }

    pub(crate) fn reap(&self) -> procman::sys::wait::ExitStatus {
        assert!(poll::is_ready(self.guard.pidfd(), libc::POLLIN, PATIENCE), "the guard stays");
        self.guard.reap().unwrap().expect("it is dead")
    }
}

pub(crate) fn spec(command: &str, args: &[&str], env: &[&str]) -> SpawnSpec {
    SpawnSpec {
        command: command.into(),
        args: args.iter().map(|argument| argument.as_bytes().to_vec()).collect(),
        env: env.iter().map(|entry| entry.as_bytes().to_vec()).collect(),
        cwd: b"/".to_vec(),
    }
}

impl Running {
    /// Reads output up to and with this line.
    pub(crate) fn expect_line(&mut self, wanted: &str) {
        let mut line = Vec::new();
        loop {
            assert!(poll::is_ready(self.output.as_fd(), libc::POLLIN, PATIENCE), "no `{wanted}`");
            let mut byte = [0];
            assert_ne!(self.output.read(&mut byte).unwrap(), 0, "the output ended before `{wanted}`");
            if byte == *b"\n" {
                if line == wanted.as_bytes() {
                    return;
                }
                line.clear();
            } else {
                line.extend(byte);
            }
        }
    }

    pub(crate) fn rest_of_output(&mut self) -> String {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        text
    }

    /// The kernel's word that everybody who held the unit's output is gone, at this very moment.
    pub(crate) fn assert_output_is_closed(&mut self) {
        let mut buffer = [0; 4096];
        loop {
            if !poll::is_ready(self.output.as_fd(), libc::POLLIN, Duration::ZERO) {
                let holders = holders(&self.output);
                assert!(holders.is_empty(), "somebody of the unit lives: {holders:?}");
                // A process that another test is about to start has everything open until its exec.
                assert!(poll::is_ready(self.output.as_fd(), libc::POLLIN, PATIENCE), "nobody holds it");
            }
            if self.output.read(&mut buffer).unwrap() == 0 {
                return;
            }
        }
    }
}

/// Who has this pipe open, besides this program.
fn holders(pipe: &PipeReader) -> Vec<String> {
    let inode = procman::sys::fd::inode(pipe.as_fd()).unwrap();
    let wanted = format!("pipe:[{inode}]");
    let own = std::fs::read_link("/proc/self/exe").unwrap();
    let mut found = Vec::new();
    for pid in processes() {
        if std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == own) {
            continue;
        }
        let Ok(fds) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        if fds
            .flatten()
            .any(|fd| std::fs::read_link(fd.path()).is_ok_and(|target| target.to_string_lossy() == wanted))
        {
            let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            found.push(format!("{pid} {}", command.replace('\0', " ")));
        }
    }
    found
}

fn processes() -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// Who carries this cookie and lives.
pub(crate) fn carriers(cookie: &str) -> Vec<i32> {
    let wanted = format!("PROCMAN_COOKIE={cookie}");
    let carries = |pid: &i32| {
        std::fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()))
    };
    processes().into_iter().filter(carries).collect()
}

/// Nobody with this cookie lives, now.
pub(crate) fn assert_nobody(cookie: &str) {
    let alive = carriers(cookie);
    assert!(alive.is_empty(), "alive: {:?}", alive.iter().map(|pid| describe(*pid)).collect::<Vec<_>>());
}

/// Nobody with this cookie lives soon: each of those that do is waited for.
pub(crate) fn wait_for_nobody(cookie: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let alive = carriers(cookie);
        let Some(pid) = alive.first() else { return };
        assert!(
            Instant::now() < until,
            "alive: {:?}",
            alive.iter().map(|pid| describe(*pid)).collect::<Vec<_>>()
        );
        if let Ok(hold) = pidfd::open(*pid) {
            poll::is_ready(hold.as_fd(), libc::POLLIN, until - Instant::now());
        }
    }
}

fn describe(pid: i32) -> String {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    format!("{pid} {} {}", read("stat").trim(), read("cmdline").replace('\0', " "))
}

/// The helper as a plain child of the test.
pub(crate) fn helper_command(arguments: &[&str]) -> std::process::Command {
    program_command(helper_path(), arguments)
}

/// A plain child of the test.
#[expect(clippy::disallowed_methods, reason = "a host must be a process of its own in order to die")]
pub(crate) fn program_command(program: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(program);
    command.args(arguments).stdin(std::process::Stdio::null());
    command
}

/// For the message of a failure.
pub(crate) fn describe_carriers(cookie: &str) -> Vec<String> {
    carriers(cookie).into_iter().map(describe).collect()
}
