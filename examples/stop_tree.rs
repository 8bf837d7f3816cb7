//! Stops a tree of 1200 processes with one double-forked session leader, by procman and by `cgroup.kill`, side by side.
//!
//! `cargo build --release && cargo run --release --example stop_tree [count] [rounds]`. The guard is looked for beside the example.
#![expect(clippy::print_stdout, reason = "a measuring program prints")]

use std::io::{PipeReader, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use procman::guard::client::{Guard, GuardBinary, GuardEvent, GuardOptions, Received, seal_spec};
use procman::guard::protocol::{Request, SpawnRequest, StopRequest, UnitEnd};
use procman::model::{ExitCause, Leftovers, SpawnSpec};
use procman::sys::cgroup::{self, Cgroup};
use procman::sys::fork::{self, Fork};
use procman::sys::wait::{self, Reap, Which};
use procman::sys::{fd, poll, prctl};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |place: usize, default: u32| {
        arguments.get(place).and_then(|word| word.parse().ok()).unwrap_or(default)
    };
    if arguments.get(1).is_some_and(|word| word == "tree") {
        return tree(number(2, 1200));
    }
    let (count, rounds) = (number(1, 1200), number(2, 5));
    println!("{:<28} {:>9} {:>9} {:>6}", format!("{count} processes"), "median ms", "worst ms", "left");
    let kernel = measure(rounds, || by_cgroup(count));
    print_row("cgroup.kill until empty", &kernel);
    for (name, cgroup) in [("procman, PROCMAN_CGROUP=off", false), ("procman, with a cgroup", true)] {
        let mut host = Host::new(cgroup);
        let times = measure(rounds, || host.stop_one(count));
        print_row(name, &times);
        println!("{:<28} {:>9.2}", "  ratio to cgroup.kill", times.median / kernel.median);
        host.print_memory();
    }
}

struct Times {
    median: f64,
    worst: f64,
    left: usize,
}

fn measure(rounds: u32, mut one: impl FnMut() -> (Duration, usize)) -> Times {
    let results: Vec<(Duration, usize)> = (0..rounds).map(|_| one()).collect();
    let mut times: Vec<f64> = results.iter().map(|(time, _)| time.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    let left = results.iter().map(|(_, left)| left).sum();
    Times { median: times[times.len() / 2], worst: times[times.len() - 1], left }
}

fn print_row(name: &str, times: &Times) {
    println!("{name:<28} {:>9.1} {:>9.1} {:>6}", times.median, times.worst, times.left);
}

/// The floor: the kernel kills, this process reaps.
fn by_cgroup(count: u32) -> (Duration, usize) {
    prctl::become_subreaper().expect("a subreaper");
    let group = Cgroup::below_own(&format!("stop-tree-{}", prctl::own_pid()))
        .expect("a cgroup v2 that is ours to write");
    let (mut output, write) = std::io::pipe().expect("a pipe");
    let door = group.door().expect("a door");
    if let Fork::Child = fork::plain().expect("a fork") {
        cgroup::join(door).expect("a way in");
        fd::put_at(write.as_fd(), 1).expect("stdout");
        prctl::new_session().expect("a session");
        tree(count);
        fork::leave(0);
    }
    drop(write);
    wait_until_ready(&mut output);
    let began = Instant::now();
    group.kill().expect("a kill");
    while wait::reap(Which::All).expect("a wait") != Reap::NoChild {}
    let time = began.elapsed();
    let left = usize::from(!is_closed(&mut output)) + usize::from(group.is_populated().unwrap_or(true));
    let _ = group.remove();
    (time, left)
}

struct Host {
    guard: Guard,
    next: u64,
    memory: String,
}

impl Host {
    fn new(cgroup: bool) -> Self {
        let path = std::env::current_exe().expect("a path");
        let folder = path.parent().and_then(std::path::Path::parent).expect("the folder of the build");
        let mut options = GuardOptions::new().expect("options");
        options.cgroup = cgroup;
        options.state_dir = Some(std::env::temp_dir());
        let binary = GuardBinary::open(folder.join("procman-guard")).expect("a guard");
        Self { guard: Guard::start(&binary, &options).expect("a start"), next: 1, memory: String::new() }
    }

    fn stop_one(&mut self, count: u32) -> (Duration, usize) {
        let unit = self.next;
        self.next += 1;
        let mut output = self.spawn(unit, count);
        wait_until_ready(&mut output);
        let shim = self.wait_for(|event| match event {
            GuardEvent::Started(started, _) => Some(started.shim),
            _ => None,
        });
        self.memory = format!("guard RSS {} kB, shim PSS {} kB", rss(self.guard.pid()), pss(shim));
        let began = Instant::now();
        let stop = StopRequest { unit, force: true, grace_ms: 0, cause: ExitCause::Stop };
        self.guard.send(&Request::Stop(stop), &[]).expect("a send");
        let end = self.wait_for(|event| match event {
            GuardEvent::Ended { end, .. } => Some(*end),
            _ => None,
        });
        let time = began.elapsed();
        self.memory.push_str(&format!(", of the stop in the shim {:.1} ms", end.stop.duration_ms));
        (time, survivors(&end, count) + usize::from(!is_closed(&mut output)))
    }

    fn spawn(&self, unit: u64, count: u32) -> PipeReader {
        let (output, write) = std::io::pipe().expect("a pipe");
        let null = fd::null().expect("null");
        let spec = SpawnSpec {
            command: std::env::current_exe().expect("a path").into_os_string().into_encoded_bytes(),
            args: vec![b"tree".to_vec(), count.to_string().into_bytes()],
            env: Vec::new(),
            cwd: b"/".to_vec(),
        };
        let sealed = seal_spec(&spec).expect("a memfd");
        let request = SpawnRequest {
            unit,
            grace_ms: 1000,
            leftovers: Leftovers::Stop,
            memory: None,
            label: "tree".to_owned(),
        };
        let fds = [sealed.as_fd(), null.as_fd(), write.as_fd(), null.as_fd()];
        self.guard.send(&Request::Spawn(request), &fds).expect("a send");
        output
    }

    fn wait_for<T>(&self, pick: impl Fn(GuardEvent) -> Option<T>) -> T {
        loop {
            match self.guard.recv().expect("a message") {
                Received::Event(event) => {
                    if let Some(found) = pick(*event) {
                        return found;
                    }
                }
                Received::WouldBlock => {
                    poll::is_ready(self.guard.as_fd(), libc::POLLIN, Duration::from_secs(60));
                }
                Received::End => panic!("the guard is gone"),
            }
        }
    }

    fn print_memory(&self) {
        println!("  {}; guard's context switches {}", self.memory, switches(self.guard.pid()));
    }
}

/// Survivors of the report, and whoever the report forgot.
fn survivors(end: &UnitEnd, count: u32) -> usize {
    let listed = end.stop.forced.len() + end.stop.stopped.len();
    assert!(listed >= count as usize, "the report lists {listed} of {count}");
    end.stop.survivors.len()
}

fn wait_until_ready(output: &mut PipeReader) {
    output.read_exact(&mut [0]).expect("a tree");
}

fn is_closed(output: &mut PipeReader) -> bool {
    poll::is_ready(output.as_fd(), libc::POLLIN, Duration::ZERO)
        && output.read(&mut [0]).is_ok_and(|size| size == 0)
}

/// Branches of ten, and a daemon; says so on stdout when all are there.
fn tree(count: u32) {
    use std::io::Write;
    let (mut here, present) = std::io::pipe().expect("a pipe");
    let stay = |present: &std::io::PipeWriter| -> ! {
        (&*present).write_all(b".").expect("a reader");
        loop {
            poll::PollSet::default().wait(None).expect("a wait");
        }
    };
    let child = |run: &dyn Fn()| {
        if let Fork::Child = fork::plain().expect("a fork") {
            run();
            fork::leave(0);
        }
    };
    child(&|| {
        prctl::new_session().expect("a session");
        child(&|| stay(&present));
    });
    let mut left = count - 2;
    while left > 0 {
        let branch = left.min(10);
        left -= branch;
        child(&|| {
            for _ in 1..branch {
                child(&|| stay(&present));
            }
            stay(&present)
        });
    }
    here.read_exact(&mut vec![0; count as usize - 1]).expect("everybody");
    let mut out = std::io::stdout();
    out.write_all(b".").and_then(|()| out.flush()).expect("a reader");
    loop {
        poll::PollSet::default().wait(None).expect("a wait");
    }
}

fn field(path: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn rss(pid: i32) -> u64 {
    field(&format!("/proc/{pid}/status"), "VmRSS:")
}

fn pss(pid: i32) -> u64 {
    field(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

fn switches(pid: i32) -> u64 {
    field(&format!("/proc/{pid}/status"), "voluntary_ctxt_switches:")
}
