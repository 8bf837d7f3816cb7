//! `adversary SEED LOG` grows a tree of processes that do whatever makes a tree hard to stop, chosen by the seed; prints `ready` when all of it is
//! there, and stays. Each process appends `pid start-ticks` to LOG, so that a test knows who was ever alive.
//!
//! With `BYSTANDER` in its environment it is a process of the same name and arguments that does nothing, until its standard input ends.
//! Nothing of it lives longer than [`LIFETIME_S`], whatever it ignores, but one that stopped itself: that one waits to be continued.
#![expect(clippy::print_stdout, reason = "a line says that the tree is there")]
#![expect(unsafe_code, reason = "fork, handlers and the end of a single thread have no safe form")]

use std::ffi::CString;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::sync::OnceLock;

const LIFETIME_S: u32 = 60;
const MOST_DEPTH: u32 = 3;

/// What a process was called with.
struct Arguments {
    program: String,
    seed: u64,
    log: String,
}

static ARGUMENTS: OnceLock<Arguments> = OnceLock::new();

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let [program, seed, log, rest @ ..] = words.as_slice() else {
        panic!("usage: adversary SEED LOG");
    };
    let seed: u64 = seed.parse().expect("a seed");
    let arguments = Arguments { program: program.clone(), seed, log: log.clone() };
    ARGUMENTS.get_or_init(|| arguments);
    if std::env::var_os("BYSTANDER").is_some() {
        println!("ready");
        let _ = io::stdin().read(&mut [0]);
        return;
    }
    limit_lifetime();
    if rest.first().is_some_and(|word| word == "rest") {
        rest_for_ever();
    }
    let (mut end, ready) = io::pipe().expect("a pipe");
    let mut chance = Chance(seed);
    register();
    grow(0, &mut chance);
    drop(ready);
    // Every process of the tree holds the other end until it is what it wants to be.
    end.read_to_end(&mut Vec::new()).expect("the end of the pipe");
    println!("ready");
    be_nasty(&mut chance);
}

/// splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Forks as many children as chance wants, each in its own way of leaving.
fn grow(depth: u32, chance: &mut Chance) {
    let children = match depth {
        0 => 2 + chance.below(3),
        MOST_DEPTH => 0,
        _ => chance.below(3),
    };
    for _ in 0..children {
        let (way, mut its_chance) = (chance.below(6), Chance(chance.next()));
        match way {
            0 => child(|| (), depth, &mut its_chance),
            1 => child(new_group, depth, &mut its_chance),
            2 => child(new_session, depth, &mut its_chance),
            3 => grandchild(|| (), || (), depth, &mut its_chance),
            // Its session is led by a process that is gone.
            4 => grandchild(new_session, || (), depth, &mut its_chance),
            // Neither lineage nor session nor group lead to it.
            _ => grandchild(|| (), new_session, depth, &mut its_chance),
        }
    }
}

fn child(leave: fn(), depth: u32, chance: &mut Chance) {
    // SAFETY: single-threaded until it becomes nasty, so the child may do anything.
    if unsafe { libc::fork() } == 0 {
        leave();
        live(depth, chance);
    }
}

/// A child of a child that ends at once.
fn grandchild(between: fn(), leave: fn(), depth: u32, chance: &mut Chance) {
    // SAFETY: as in `child`.
    let middle = unsafe { libc::fork() };
    if middle == 0 {
        between();
        child(leave, depth, chance);
        // SAFETY: ends this process without running what belongs to its parent.
        unsafe { libc::_exit(0) };
    }
    // SAFETY: the status is not asked for.
    unsafe { libc::waitpid(middle, std::ptr::null_mut(), 0) };
}

fn live(depth: u32, chance: &mut Chance) -> ! {
    limit_lifetime();
    register();
    grow(depth + 1, chance);
    close_all_but_stdio();
    be_nasty(chance);
}

/// Becomes what chance wants. Never returns.
fn be_nasty(chance: &mut Chance) -> ! {
    match chance.below(9) {
        0 => ignore_signals(),
        1 => block_signals(),
        2 => on_term(fork_and_stay),
        3 => on_term(fork_and_leave),
        // SAFETY: stops this process; whoever continues it goes on here.
        4 => drop(unsafe { libc::raise(libc::SIGSTOP) }),
        5 => close_from(0, 3),
        6 => leave_to_a_thread(),
        7 => exec_with_empty_environment(),
        _ => {}
    }
    rest_for_ever();
}

fn ignore_signals() {
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGCHLD] {
        // SAFETY: SIG_IGN runs no code of ours.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

fn block_signals() {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: the call fills the set.
    unsafe { libc::sigfillset(set.as_mut_ptr()) };
    // SAFETY: filled above; the alarm must stay.
    unsafe { libc::sigdelset(set.as_mut_ptr(), libc::SIGALRM) };
    // SAFETY: the set lives through the call.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, set.as_ptr(), std::ptr::null_mut()) };
}

fn on_term(handler: extern "C" fn(i32)) {
    // SAFETY: the process waits in `pause`, so the handler interrupts nothing.
    unsafe { libc::signal(libc::SIGTERM, handler as *const () as libc::sighandler_t) };
}

extern "C" fn fork_and_stay(_: i32) {
    // SAFETY: see `on_term`.
    if unsafe { libc::fork() } == 0 {
        limit_lifetime();
        register();
    }
}

extern "C" fn fork_and_leave(_: i32) {
    // SAFETY: see `on_term`.
    if unsafe { libc::fork() } != 0 {
        // SAFETY: ends this process.
        unsafe { libc::_exit(0) };
    }
    limit_lifetime();
    register();
}

/// The leader ends and a thread stays: the process looks like a zombie and is none.
fn leave_to_a_thread() {
    std::thread::spawn(|| rest_for_ever());
    // SAFETY: ends this thread alone, which holds nothing that the other one needs.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
}

fn exec_with_empty_environment() {
    let arguments = ARGUMENTS.get().expect("set at the start");
    let words = [&arguments.program, &arguments.seed.to_string(), &arguments.log, &"rest".to_owned()];
    let words: Vec<CString> = words.iter().map(|word| CString::new(word.as_str()).expect("no NUL")).collect();
    let pointers: Vec<_> = words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect();
    let nothing = [std::ptr::null()];
    // SAFETY: both arrays end with null and their strings outlive the call.
    unsafe { libc::execve(pointers[0], pointers.as_ptr(), nothing.as_ptr()) };
}

fn new_group() {
    // SAFETY: takes numbers only.
    unsafe { libc::setpgid(0, 0) };
}

fn new_session() {
    // SAFETY: takes nothing.
    unsafe { libc::setsid() };
}

fn limit_lifetime() {
    // SAFETY: takes a number only.
    unsafe { libc::alarm(LIFETIME_S) };
}

/// The pipe by which the root waits is among them.
fn close_all_but_stdio() {
    close_from(3, 64);
}

fn close_from(first: i32, end: i32) {
    for number in first..end {
        // SAFETY: closes numbers that nothing here uses again.
        unsafe { libc::close(number) };
    }
}

fn rest_for_ever() -> ! {
    loop {
        // SAFETY: waits for a signal.
        unsafe { libc::pause() };
    }
}

/// One line, written in one call, so that processes do not mix theirs.
fn register() {
    let stat = fs::read_to_string("/proc/self/stat").expect("stat");
    let (pid, rest) = stat.split_once(' ').expect("a pid");
    let fields = rest.rsplit_once(')').expect("a name").1;
    let start = fields.split_whitespace().nth(19).expect("a start time");
    let log = &ARGUMENTS.get().expect("set at the start").log;
    let mut file = OpenOptions::new().append(true).create(true).open(log).expect("the log");
    file.write_all(format!("{pid} {start}\n").as_bytes()).expect("a line");
}
