//! The table of deaths: whoever dies, and at whatever step, nothing is left.

use std::io::Read;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use procman::guard::client::GuardEvent;
use procman::guard::failpoint::{SPAWN, STOP};
use procman::model::ExitCause;
use procman::sys::{pidfd, poll, procfs, signal};

use crate::host_process::HostProcess;
use crate::support::{Host, PATIENCE, Running, With, carriers, rounds, wait_for_nobody};

/// A tree that ignores SIGTERM, with a double-forked session leader in it.
const STUBBORN: &[&str] = &["tree", "4", "ignore-term"];

/// A stop at once can be quicker than a step of the spawn; then another host tries.
const TRIES: usize = 10;

/// Runs hosts of their own through a spawn and a stop with one failpoint armed; everybody must be gone, the host too.
fn die_at(points: &[&str], action: &str, plan: &str) {
    for point in points {
        let reached = (0..TRIES).any(|_| dies_at(point, action, plan));
        assert!(reached, "{point} was never reached");
    }
}

/// Whether the host came as far as the point.
fn dies_at(point: &str, action: &str, plan: &str) -> bool {
    let mut host = HostProcess::start(plan, &format!("PROCMAN_FAILPOINT={point}={action}"), 1, STUBBORN);
    host.assert_everybody_goes(&format!("{point}={action}"));
    host.passed(point)
}

fn starting_with(points: &'static [&'static str], who: &[&str]) -> Vec<&'static str> {
    points.iter().copied().filter(|point| who.iter().any(|who| point.starts_with(who))).collect()
}

#[test]
fn the_host_dies_at_any_step_of_a_spawn() {
    die_at(SPAWN, "kill-host", "stop");
}

#[test]
fn the_host_dies_at_any_step_of_a_stop() {
    die_at(STOP, "kill-host", "stop");
}

#[test]
fn the_guard_dies_at_any_step_of_a_spawn() {
    die_at(SPAWN, "kill-guard", "stop");
}

#[test]
fn the_guard_dies_at_any_step_of_a_stop() {
    die_at(STOP, "kill-guard", "stop");
}

#[test]
fn the_shim_dies_at_any_step_of_a_spawn() {
    die_at(SPAWN, "kill-shim", "stop");
}

#[test]
fn the_shim_dies_at_any_step_of_a_stop() {
    die_at(STOP, "kill-shim", "stop");
}

#[test]
fn the_first_process_dies_at_any_step_before_its_exec() {
    die_at(&starting_with(SPAWN, &["first."]), "kill-self", "stop");
}

#[test]
fn a_shim_stopped_at_any_step_of_a_spawn_is_ended() {
    die_at(
        &starting_with(SPAWN, &["shim.", "first."]),
        "stop-self,PROCMAN_SHIM_LIMIT_MS=200",
        "stop-at-once",
    );
}

#[test]
fn a_shim_stopped_at_any_step_of_a_stop_is_ended() {
    let points: Vec<&str> = starting_with(STOP, &["shim."]);
    die_at(&points, "stop-self,PROCMAN_SHIM_LIMIT_MS=200", "stop");
}

#[test]
fn an_armed_point_that_spares_everybody_changes_nothing() {
    let mut host = HostProcess::start("stop", "PROCMAN_FAILPOINT=shim.running=nothing", 1, STUBBORN);
    host.assert_everybody_goes("nothing");
    assert!(host.output.contains("served"), "{}", host.output);
    for point in SPAWN.iter().chain(STOP) {
        assert!(host.passed(point), "{point} is on no path of an ordinary life");
    }
}

#[test]
fn the_host_dies_at_rest() {
    let mut host = HostProcess::start("wait", "", 3, STUBBORN);
    host.wait_for_line("running");
    host.kill();
    host.assert_everybody_goes("host at rest");
}

#[test]
fn the_host_dies_at_rest_where_there_is_a_cgroup() {
    let mut host = HostProcess::start_with("wait", "", 3, STUBBORN, "on");
    host.wait_for_line("running");
    host.kill();
    host.assert_everybody_goes("host at rest, cgroup");
}

#[test]
fn the_guard_dies_at_rest() {
    let mut host = Host::new();
    let mut units: Vec<_> = (0..3).map(|_| host.spawn(STUBBORN)).collect();
    units.iter_mut().for_each(|unit| unit.expect_line("ready"));
    signal::kill_child(host.guard.pid(), libc::SIGKILL).unwrap();
    assert!(host.drain().is_empty(), "a dead guard said something");
    host.reap();
    wait_for_nobody(&host.cookie);
    units.iter_mut().for_each(Running::assert_output_is_closed);
}

/// A stop signal that was sent is no stop yet: a guard that dies in between leaves no stopped job behind, and the kernel wakes nobody.
pub(crate) fn wait_until_stopped(pid: i32) {
    let until = Instant::now() + PATIENCE;
    while procfs::stat(pid).unwrap().state != b'T' {
        assert!(Instant::now() < until, "{pid} does not stop");
        std::thread::yield_now();
    }
}

#[test]
fn the_guard_dies_while_a_shim_is_stopped() {
    let mut host = Host::new();
    let mut unit = host.spawn(STUBBORN);
    unit.expect_line("ready");
    let shim = pidfd::open(unit.started.shim).unwrap();
    pidfd::send_signal(shim.as_fd(), libc::SIGSTOP).unwrap();
    wait_until_stopped(unit.started.shim);
    signal::kill_child(host.guard.pid(), libc::SIGKILL).unwrap();
    host.reap();
    wait_for_nobody(&host.cookie);
    unit.assert_output_is_closed();
}

#[test]
fn a_shim_that_dies_at_rest_costs_its_unit_and_no_other() {
    for cgroup in [false, true] {
        let mut host = Host::with(With { cgroup, ..With::default() });
        let mut victim = host.spawn(STUBBORN);
        victim.expect_line("ready");
        let mut neighbour = host.spawn(&["sleep"]);
        neighbour.expect_line("ready");
        let shim = pidfd::open(victim.started.shim).unwrap();
        pidfd::send_signal(shim.as_fd(), libc::SIGKILL).unwrap();
        let end = host.ended(victim.unit);
        victim.assert_output_is_closed();
        assert_eq!(
            (end.exit.signal.as_deref(), end.exit.cause),
            (Some("SIGKILL"), ExitCause::Guard),
            "{end:?}"
        );
        assert!(end.exit.survivors.is_empty());
        assert!(!pidfd::is_dead(neighbour.hold.as_fd()), "the neighbour died too");
        host.stop(neighbour.unit, false, 5000);
        assert_eq!(host.ended(neighbour.unit).exit.cause, ExitCause::Stop);
        host.shutdown();
    }
}

/// Without the comparison of `getppid()` on each side of each fork, units survived a guard that died this early.
#[test]
fn a_guard_killed_right_after_the_spawn_leaves_nothing() {
    for round in 0..rounds(40, 300) {
        let mut host = Host::new();
        let (mut output, write) = std::io::pipe().unwrap();
        host.ask(
            &crate::support::spec(crate::support::helper_path(), &["sleep"], &[]),
            &write,
            Default::default(),
            100,
        );
        drop(write);
        // From nothing to 0.6 ms, by the clock and not by a sleep: the whole window is far below a time slice.
        let until = Instant::now() + Duration::from_micros(u64::from(round) * 15 % 600);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        signal::kill_child(host.guard.pid(), libc::SIGKILL).unwrap();
        host.reap();
        wait_for_nobody(&host.cookie);
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
    }
}

#[test]
fn nothing_queued_runs_after_the_host_is_dead() {
    let mut host = HostProcess::start("queue", "", 200, &["describe"]);
    let queued = host.wait_for_prefix("queued ");
    let guard: i32 = host.wait_for_prefix("guard ").parse().unwrap();
    assert_ne!(queued, "0", "nothing was queued");
    host.reap();
    signal::kill_child(guard, libc::SIGCONT).unwrap();
    host.assert_everybody_goes("queued spawns");
    assert!(!host.output.contains("fds"), "a queued unit ran: {}", host.output);
}

#[test]
fn a_guard_that_is_told_to_end_stops_its_units_and_says_so() {
    let mut host = Host::new();
    let mut unit = host.spawn(STUBBORN);
    unit.expect_line("ready");
    signal::kill_child(host.guard.pid(), libc::SIGTERM).unwrap();
    let end = host.ended(unit.unit);
    unit.assert_output_is_closed();
    assert_eq!(end.exit.cause, ExitCause::Stop);
    assert!(host.drain().iter().all(|event| matches!(event, GuardEvent::FirstExited(_))));
    assert_eq!(host.reap(), procman::sys::wait::ExitStatus::Code(0));
    assert!(carriers(&host.cookie).is_empty());
}

/// The end of the socket is noticed as well as the death of the host.
#[test]
fn a_host_that_only_closes_its_socket_is_gone_for_the_guard() {
    let mut host = Host::new();
    let mut unit = host.spawn(STUBBORN);
    unit.expect_line("ready");
    let (cookie, hold) = (host.cookie.clone(), host.guard.pidfd().try_clone_to_owned().unwrap());
    drop(host);
    assert!(poll::is_ready(hold.as_fd(), libc::POLLIN, PATIENCE));
    procman::sys::wait::reap_pidfd(hold.as_fd()).unwrap();
    unit.assert_output_is_closed();
    assert!(carriers(&cookie).is_empty());
}

/// And the death of the host, where somebody else holds its socket open.
#[test]
fn a_host_that_dies_with_its_socket_held_elsewhere_is_gone_for_the_guard() {
    let mut host = HostProcess::start("wait", "", 1, STUBBORN);
    host.wait_for_line("running");
    let held = host.steal_sockets();
    assert!(!held.is_empty());
    host.kill();
    host.assert_everybody_goes("socket held elsewhere");
    drop(held);
}
