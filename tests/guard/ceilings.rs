//! Memory ceilings: the kernel kills a unit that reaches its own, whole, the report says so, and no cgroup stays, whoever dies.

use std::path::PathBuf;

use procman::guard::client::GuardEvent;
use procman::guard::protocol::{SpawnFailed, Stage, UnitEnd};
use procman::model::{ExitCause, Leftovers, MemoryCeiling};
use procman::sys::cgroup::{Cgroup, Hierarchy};
use procman::sys::procfs;

use crate::host_process::HostProcess;
use crate::support::{Host, Running, With, carriers, helper_path, spec};
use crate::sweeps::{kill_in_one_instant, sweep};

const MEGABYTE: u64 = 1 << 20;

/// Whether this machine can do it; says so where not.
fn possible() -> bool {
    let possible = procman::guard::can_limit_memory();
    if !possible {
        eprintln!("SKIPPED: no memory controller that this user may write");
    }
    possible
}

fn host() -> Host {
    Host::with(With { cgroup: true, ..With::default() })
}

/// A unit that may use so much.
fn spawn(host: &mut Host, manners: &[&str], megabytes: u64) -> Running {
    let (output, write) = std::io::pipe().unwrap();
    let memory = Some(MemoryCeiling { bytes: megabytes * MEGABYTE, required: true });
    let unit = host.ask_limited(&spec(helper_path(), manners, &[]), &write, Leftovers::Stop, 300, memory);
    drop(write);
    host.started(unit, output)
}

/// Whether the end was told of before, and the end itself.
fn told_and_ended(host: &mut Host, unit: u64) -> (bool, UnitEnd) {
    let at_ceiling = host.wait_for(|event| match event {
        GuardEvent::FirstExited(exited) if exited.unit == unit => Ok(exited.at_ceiling),
        other => Err(other),
    });
    (at_ceiling, host.ended(unit))
}

/// The cgroups of a guard in every hierarchy.
fn cgroups_of(guard: i32) -> Vec<PathBuf> {
    let own = [Hierarchy::Unified, Hierarchy::Memory].into_iter().flat_map(Cgroup::own);
    let named = own.map(|own| own.path().join(format!("procman-{guard}")));
    named.filter(|path| path.exists()).collect()
}

/// The memory cgroup that a process is in.
fn memory_cgroup_of(pid: i32) -> String {
    let text = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let memory = text.lines().find(|line| line.contains(":memory:"));
    memory.or_else(|| text.lines().find(|line| line.starts_with("0::"))).unwrap().to_owned()
}

#[test]
fn a_unit_that_reaches_its_ceiling_is_killed_and_says_why() {
    if !possible() {
        return;
    }
    let mut host = host();
    let mut unit = spawn(&mut host, &["fill", "200"], 64);
    unit.expect_line("ready");
    let (at_ceiling, end) = told_and_ended(&mut host, unit.unit);
    assert!(at_ceiling);
    assert_eq!((end.exit.cause, end.exit.signal.as_deref()), (ExitCause::Memory, Some("SIGKILL")));
    assert!(end.exit.max_rss_bytes < 70 * MEGABYTE, "{end:?}");
    unit.assert_output_is_closed();
    host.shutdown();
}

/// The kernel kills the largest process only (version 1 of cgroups): a parent that waits for its answer would wait for ever.
#[test]
fn a_unit_whose_child_reaches_the_ceiling_is_killed_whole() {
    if !possible() {
        return;
    }
    let mut host = host();
    let mut unit = spawn(&mut host, &["below-fill", "200"], 64);
    unit.expect_line("ready");
    let (at_ceiling, end) = told_and_ended(&mut host, unit.unit);
    assert!(at_ceiling);
    assert_eq!(end.exit.cause, ExitCause::Memory, "{end:?}");
    unit.assert_output_is_closed();
    host.shutdown();
}

/// Negative control: the same programs below a ceiling that they do not reach, and none at all.
#[test]
fn below_its_ceiling_a_unit_lives_and_ends_as_it_likes() {
    if !possible() {
        return;
    }
    let mut host = host();
    let mut unit = spawn(&mut host, &["fill", "50"], 120);
    unit.expect_line("filled 50");
    let name = format!("procman-{}/unit-{}", host.guard.pid(), unit.unit);
    let cgroup = memory_cgroup_of(unit.started.identity.pid);
    assert!(cgroup.ends_with(&name), "{cgroup}");
    host.stop(unit.unit, false, 1000);
    let (at_ceiling, end) = told_and_ended(&mut host, unit.unit);
    assert!(!at_ceiling);
    assert_eq!(end.exit.cause, ExitCause::Stop);
    let mut free = host.spawn(&["fill", "200"]);
    free.expect_line("filled 200");
    // Killed by somebody else: no ceiling is to blame.
    procfs::signal_by_identity(&free.started.identity, libc::SIGKILL).unwrap();
    assert_eq!(told_and_ended(&mut host, free.unit).1.exit.cause, ExitCause::Exit);
    host.shutdown();
}

#[test]
fn a_ceiling_that_must_be_kept_and_cannot_starts_nothing() {
    let mut host = Host::new();
    let (_output, write) = std::io::pipe().unwrap();
    let memory = |required| Some(MemoryCeiling { bytes: 64 * MEGABYTE, required });
    let command = spec(helper_path(), &["exit", "3"], &[]);
    let unit = host.ask_limited(&command, &write, Leftovers::Stop, 300, memory(true));
    let failed = host.wait_for(|event| match event {
        GuardEvent::SpawnFailed(failed) if failed.unit == unit => Ok(failed),
        other => Err(other),
    });
    assert!(matches!(failed, SpawnFailed { stage: Stage::Limits, .. }), "{failed:?}");
    let unit = host.ask_limited(&command, &write, Leftovers::Stop, 300, memory(false));
    assert_eq!(host.ended(unit).exit.code, Some(3));
    host.shutdown();
}

#[test]
fn no_cgroup_stays_when_units_end_one_by_one() {
    if !possible() {
        return;
    }
    let mut host = host();
    let guard = host.guard.pid();
    for manners in [&["exit", "3"][..], &["fill", "200"], &["below-fill", "200"], &["no-such-manners"]] {
        let unit = spawn(&mut host, manners, 64);
        host.ended(unit.unit);
    }
    assert!(!cgroups_of(guard).is_empty());
    // A guard removes its own only where no unit's is left in it.
    host.shutdown();
    assert_eq!(cgroups_of(guard), Vec::<PathBuf>::new());
}

/// The guard, the shim and the host, each killed alone, and all three in one instant.
#[test]
fn no_cgroup_stays_whoever_is_killed() {
    if !possible() {
        return;
    }
    for dies in ["guard", "shim", "host", "all"] {
        let mut host = HostProcess::start_with("wait", "", 1, &["tree", "4", "ignore-term"], "on");
        host.wait_for_lines(&["running", "ready"]);
        let shim = carriers(&host.cookie)
            .into_iter()
            .find(|pid| procfs::stat(*pid).unwrap().name == "procman-shim")
            .unwrap();
        let guard = procfs::stat(shim).unwrap().ppid;
        let own = procfs::stat(guard).unwrap().ppid;
        assert_eq!(cgroups_of(guard).len(), 2, "{dies}: one to kill, one to limit");
        match dies {
            "guard" => kill_in_one_instant(&[guard]),
            "shim" => kill_in_one_instant(&[shim]),
            "host" => kill_in_one_instant(&[own]),
            _ => kill_in_one_instant(&[shim, guard, own]),
        }
        if dies == "all" {
            host.reap();
            assert!(!carriers(&host.cookie).is_empty(), "nobody was left to sweep");
            sweep(&host.state());
        } else {
            host.kill();
        }
        host.assert_everybody_goes(dies);
        assert_eq!(cgroups_of(guard), Vec::<PathBuf>::new(), "{dies}");
    }
}
