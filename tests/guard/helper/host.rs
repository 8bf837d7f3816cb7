//! A host of its own, for the tests in which the host dies or changes: `host <plan> <failpoints> <count> <manners…>`.
//!
//! Its units write to its own stdout, so the end of that pipe means that host and units are all gone. The guard, the folder of its state and the
//! cookie come by environment.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::{PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use procman::guard::client::{Guard, GuardBinary, GuardEvent, GuardOptions, Received, Sent, seal_spec};
use procman::guard::protocol::{RefusalReason, Request, SpawnRequest, StopRequest};
use procman::model::{ExitCause, Leftovers, MemoryCeiling, SpawnSpec};
use procman::sys::{fd, poll};

const PATIENCE: Duration = Duration::from_secs(30);

struct Host {
    binary: GuardBinary,
    options: GuardOptions,
    guard: Guard,
    /// Where each unit tells that it is as it should be.
    signs: RefCell<HashMap<u64, PipeReader>>,
}

pub(crate) fn run(arguments: &[&str]) {
    let [plan, failpoints, count, manners @ ..] = arguments else {
        panic!("a plan, failpoints, a count, manners")
    };
    let mut host = Host::new(failpoints);
    let count: u64 = count.parse().expect("a count");
    match *plan {
        "stop" => host.live(count, manners, &|host, unit| {
            host.wait_for_sign(unit);
            host.stop(unit);
        }),
        "stop-at-once" => {
            host.spawn_all(1..=count, manners);
            host.stop(1);
            host.serve(count, &|_, _| {});
        }
        "wait" => {
            host.spawn_all(1..=count, manners);
            host.started(count);
            super::say_and_wait("running");
        }
        "queue" => host.queue_and_die(count, manners),
        "become" => host.become_another(manners),
        other => panic!("unknown plan {other}"),
    }
}

impl Host {
    fn new(failpoints: &str) -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let binary = GuardBinary::open(variable("TEST_GUARD")).expect("a guard");
        let mut options = GuardOptions::new().expect("options");
        options.cookie = variable("TEST_COOKIE");
        options.state_dir = Some(variable("TEST_STATE").into());
        options.cgroup = variable("TEST_CGROUP") == "on";
        options.failpoints =
            failpoints.split(',').filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
        let guard = Guard::start(&binary, &options).expect("a start");
        Self { binary, options, guard, signs: RefCell::default() }
    }

    fn spawn_all(&self, units: impl Iterator<Item = u64>, manners: &[&str]) {
        for unit in units {
            self.spawn(unit, manners);
        }
    }

    fn spawn(&self, unit: u64, manners: &[&str]) {
        let spec = SpawnSpec {
            command: std::env::var("TEST_HELPER").expect("a helper").into_bytes(),
            args: manners.iter().map(|word| word.as_bytes().to_vec()).collect(),
            env: Vec::new(),
            cwd: b"/".to_vec(),
        };
        let sealed = seal_spec(&spec).expect("a memfd");
        let null = fd::null().expect("null");
        let out = std::io::stdout();
        let (sign, stderr) = std::io::pipe().expect("a pipe");
        self.signs.borrow_mut().insert(unit, sign);
        // A cgroup more that must not stay.
        let memory = self.options.cgroup.then_some(MemoryCeiling { bytes: 1 << 30, required: false });
        let label = "helper".to_owned();
        let request = SpawnRequest { unit, grace_ms: 100, leftovers: Leftovers::Stop, memory, label };
        self.send(&Request::Spawn(request), &[sealed.as_fd(), null.as_fd(), out.as_fd(), stderr.as_fd()]);
    }

    /// The unit is ready, or nobody of it lives.
    fn wait_for_sign(&self, unit: u64) {
        let mut signs = self.signs.borrow_mut();
        let sign = signs.get_mut(&unit).expect("a pipe");
        let _ = sign.read(&mut [0]).expect("a sign");
    }

    fn stop(&self, unit: u64) {
        let stop = StopRequest { unit, force: false, grace_ms: 100, cause: ExitCause::Stop };
        self.send(&Request::Stop(stop), &[]);
    }

    fn send(&self, request: &Request, fds: &[BorrowedFd<'_>]) {
        while let Ok(Sent::WouldBlock) = self.guard.send(request, fds) {
            poll::is_ready(self.guard.as_fd(), libc::POLLOUT, PATIENCE);
        }
    }

    fn event(&self) -> Option<GuardEvent> {
        loop {
            match self.guard.recv().expect("a message") {
                Received::Event(event) => return Some(*event),
                Received::End => return None,
                Received::WouldBlock => {
                    assert!(
                        poll::is_ready(self.guard.as_fd(), libc::POLLIN, PATIENCE),
                        "the guard says nothing"
                    );
                }
            }
        }
    }

    fn live(&self, count: u64, manners: &[&str], on_start: &dyn Fn(&Self, u64)) {
        self.spawn_all(1..=count, manners);
        self.serve(count, on_start);
    }

    /// Until every unit has ended or the guard is gone.
    fn serve(&self, count: u64, on_start: &dyn Fn(&Self, u64)) {
        let mut open: HashSet<u64> = (1..=count).collect();
        while !open.is_empty() {
            match self.event() {
                Some(GuardEvent::Started(started, _)) => on_start(self, started.unit),
                Some(GuardEvent::Ended { unit, .. }) => assert!(open.remove(&unit), "a second end of {unit}"),
                Some(GuardEvent::SpawnFailed(failed)) => assert!(open.remove(&failed.unit), "a second end"),
                Some(GuardEvent::Refused(refused)) => assert!(open.remove(&refused.unit), "a second end"),
                Some(GuardEvent::Ready(_) | GuardEvent::FirstExited(_) | GuardEvent::Stopped { .. }) => {}
                None => break,
            }
        }
        super::say("served");
        self.send(&Request::Shutdown { grace_ms: 100 }, &[]);
        while self.event().is_some() {}
    }

    fn started(&self, count: u64) {
        let mut started = 0;
        while started < count {
            match self.event().expect("the guard") {
                GuardEvent::Started(..) => started += 1,
                GuardEvent::Ready(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Fills the socket with requests and dies without waiting for any.
    fn queue_and_die(&self, count: u64, manners: &[&str]) {
        self.spawn(1, &["ignore-term"]);
        self.started(1);
        let stopped = super::signal::kill_child(self.guard.pid(), libc::SIGSTOP);
        stopped.expect("a stopped guard");
        let mut queued = 0;
        for unit in 2..=count {
            let mut ready = poll::PollSet::default();
            ready.add(self.guard.as_fd(), libc::POLLOUT);
            ready.wait(Some(Duration::ZERO)).expect("a poll");
            if ready.ready(0) & libc::POLLOUT == 0 {
                break;
            }
            self.spawn(unit, manners);
            queued += 1;
        }
        super::say(&format!("queued {queued}"));
        super::say(&format!("guard {}", self.guard.pid()));
    }

    /// Changes its umask, its directory and its user; each time a unit follows.
    fn become_another(&mut self, manners: &[&str]) {
        self.run_one(1, manners);
        umask(Mode::from_bits_truncate(0o077));
        std::env::set_current_dir("/tmp").expect("a directory");
        self.run_one(2, manners);
        if !Uid::effective().is_root() {
            return super::say("not root");
        }
        setgroups(&[Gid::from_raw(4242)]).expect("groups");
        assert_eq!(self.refusal(3, manners), Some(RefusalReason::Identity));
        setgroups(&[]).expect("groups");
        setresgid(Gid::from_raw(65_534), Gid::from_raw(65_534), Gid::from_raw(65_534)).expect("a group");
        setresuid(Uid::from_raw(65_534), Uid::from_raw(65_534), Uid::from_raw(65_534)).expect("a user");
        assert_eq!(self.refusal(4, manners), Some(RefusalReason::Identity));
        self.options.state_dir =
            Some(std::env::temp_dir().join(format!("procman-nobody-{}", std::process::id())));
        self.guard = Guard::start(&self.binary, &self.options).expect("a second guard");
        self.run_one(5, manners);
        let folder = self.options.state_dir.clone().expect("a folder");
        self.send(&Request::Shutdown { grace_ms: 100 }, &[]);
        while self.event().is_some() {}
        std::fs::remove_dir_all(folder).expect("the ledger's folder, made by this user");
        super::say("became another");
    }

    fn run_one(&self, unit: u64, manners: &[&str]) {
        super::say(&format!("unit {unit}"));
        self.spawn(unit, manners);
        loop {
            match self.event().expect("the guard") {
                GuardEvent::Ended { .. } => return,
                GuardEvent::Refused(refused) => panic!("{refused:?}"),
                GuardEvent::SpawnFailed(failed) => panic!("{failed:?}"),
                _ => {}
            }
        }
    }

    fn refusal(&self, unit: u64, manners: &[&str]) -> Option<RefusalReason> {
        self.spawn(unit, manners);
        loop {
            match self.event().expect("the guard") {
                GuardEvent::Refused(refused) => return Some(refused.reason),
                GuardEvent::Started(..) => return None,
                _ => {}
            }
        }
    }
}
