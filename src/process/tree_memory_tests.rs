//! Measured on real trees, below a shell that stands where a shim would.
#![expect(clippy::disallowed_methods, reason = "a test starts its own tree")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use super::*;

const MIB: u64 = 1 << 20;

/// Holds `$MB` MiB, forks `$FORKS` children that share them, says so when all are there, and ends with the shell `$ROOT`.
const HOLDER: &str = r#"
    $| = 1;
    my $main = $$;
    my $held = "x" x ($ENV{MB} << 20);
    for (1 .. ($ENV{FORKS} // 0)) { last if !fork }
    print "ready\n" if $$ == $main;
    sleep 1 while -d "/proc/$ENV{ROOT}";
"#;

/// A shell whose children are the tree. They end a second after it.
struct Root {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Root {
    fn start() -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.env("HOLDER", HOLDER).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = shell.spawn().unwrap();
        let orders = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut root = Self { process, orders, answers };
        root.run("export ROOT=$$; echo begun");
        root
    }

    /// Runs a line of shell that answers with one line.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.orders, "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    /// A process that holds so many MiB, and as many children of it.
    fn hold(&mut self, megabytes: u64, forks: u32) {
        let line = format!("MB={megabytes} FORKS={forks} perl -e \"$HOLDER\" & holder=$!");
        assert_eq!(self.run(&line), "ready");
    }

    fn tree(&self) -> TreeMemory {
        TreeMemory::new(self.process.id().cast_signed())
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = writeln!(self.orders, "exit");
        let _ = self.process.wait();
    }
}

#[test]
fn wrapped_server_is_measured_with_its_wrappers() {
    let mut root = Root::start();
    let wrapped = r#"MB=40 sh -c 'sh -c "perl -e \"\$HOLDER\"; :"; :' &"#;
    assert_eq!(root.run(wrapped), "ready");
    let mut tree = root.tree();
    let resident = tree.resident();
    assert_eq!(tree.processes(), 3, "sh, sh and the server");
    assert!(resident > 40 * MIB && resident < 120 * MIB, "{resident}");
}

#[test]
fn process_that_came_later_is_found_and_one_that_left_counts_no_more() {
    let mut root = Root::start();
    let mut tree = root.tree();
    assert_eq!(tree.resident(), 0, "nothing runs yet");
    root.hold(30, 0);
    let found = (0..=READINGS_PER_LOOK).map(|_| tree.resident()).find(|bytes| *bytes > 0);
    assert!(found.is_some_and(|bytes| bytes > 30 * MIB), "{found:?}");
    root.run("kill -9 $holder; wait $holder 2>/dev/null; echo gone");
    assert_eq!(tree.resident(), 0, "noticed at the next reading");
}

/// The shares of a forked tree add up to what is there; what is resident counts it once for each.
#[test]
fn shared_pages_count_once_in_the_share() {
    let mut root = Root::start();
    root.hold(60, 4);
    let mut tree = root.tree();
    let (resident, share) = (tree.resident(), tree.proportional());
    assert_eq!(tree.processes(), 5);
    assert!(resident > 5 * 60 * MIB, "{resident}");
    assert!(share > 60 * MIB && share < 200 * MIB, "{share}");
}

/// What was kept of a process that is gone is never read as that of whoever has its number now.
#[test]
fn number_that_was_given_to_another_process_is_not_counted() {
    let mut root = Root::start();
    root.hold(30, 0);
    let mut tree = root.tree();
    assert!(tree.resident() > 30 * MIB);
    // As if the member had been reaped and its number given to this process, which is alive and large.
    let own = std::process::id().cast_signed();
    let (_, mut member) = tree.members.drain().next().unwrap();
    member.identity.pid = own;
    member.file = None;
    tree.members.insert(own, member);
    assert_eq!(tree.sum(), (0, true), "the identity does not fit");
    assert_eq!(Member::open(tree.members[&own].identity.clone(), true).map(|_| ()), None);
}

#[test]
#[ignore = "a measurement: cargo test --release --no-default-features --lib cost_of -- --ignored --nocapture"]
fn cost_of_a_reading() {
    let mut root = Root::start();
    (0..3).for_each(|_| root.hold(200, 0));
    let mut tree = root.tree();
    tree.resident();
    print_cost("resident, 3 processes, every fifth with a look", 1000, || tree.resident());
    print_cost("look alone", 1000, || tree.look());
    print_cost("proportional, 3 × 200 MiB", 50, || tree.proportional());
}

fn print_cost<T>(what: &str, times: u32, mut work: impl FnMut() -> T) {
    let begin = Instant::now();
    for _ in 0..times {
        std::hint::black_box(work());
    }
    println!("{what}: {:?}", begin.elapsed() / times);
}
