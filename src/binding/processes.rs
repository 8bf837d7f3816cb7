//! Processes for JavaScript, ours and foreign: lists, trees, stops. Answers are lines of JSON, so that JavaScript parses a long one in parts.

use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi_derive::napi;

use super::convert::{as_f64, as_u64, duration};
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::mailbox::Mailbox;
use super::process_engine::engine;
use crate::model::{ProcessIdentity, ProcessInfo, Result, StopReport};
use crate::process::stop::{StopOptions, Target};

/// Processes on one line: parsed in a fraction of a millisecond.
const LINE: usize = 64;

/// A stop as JavaScript asks for it.
#[napi(object)]
pub(crate) struct StopParts {
    /// A process or a group.
    pub pid: i32,
    /// It is a group.
    pub group: bool,
    /// This very process; empty: whoever has the number.
    pub start_token: String,
    /// The boot that it is of.
    pub boot_id: String,
    /// SIGKILL at once.
    pub force: bool,
    /// From the first signal to SIGKILL, milliseconds.
    pub grace_ms: f64,
    /// The number of the first signal.
    pub signal: i32,
    /// Signal nobody.
    pub dry_run: bool,
    /// Users besides the own one whose processes may be stopped.
    pub uids: Vec<u32>,
}

/// Lists processes: a `done` letter with `token` brings them, a `failed` one says why not.
#[napi(catch_unwind)]
pub(crate) fn processes_list(env: &Env, managed: bool, token: u32) -> napi::Result<Outcome<()>> {
    let mailbox = Arc::clone(Environment::current(env)?.mailbox());
    Ok(outcome(engine().list_processes(managed, move |processes| answer(&mailbox, token, processes))))
}

/// Lists a process and everybody below it, in the same way.
#[napi(catch_unwind)]
pub(crate) fn processes_tree(env: &Env, pid: i32, token: u32) -> napi::Result<Outcome<()>> {
    let mailbox = Arc::clone(Environment::current(env)?.mailbox());
    Ok(outcome(engine().process_tree(pid, move |processes| answer(&mailbox, token, processes))))
}

/// Stops a tree or a group and says the number of the stop; a `done` letter with `token` brings the report, a `failed` one says why there is none.
#[napi(catch_unwind)]
pub(crate) fn processes_stop(env: &Env, parts: StopParts, token: u32) -> napi::Result<Outcome<f64>> {
    let mailbox = Arc::clone(Environment::current(env)?.mailbox());
    let target = target(&parts);
    let options = StopOptions {
        force: parts.force,
        grace: duration(parts.grace_ms).unwrap_or(Duration::MAX),
        signal: parts.signal,
        dry_run: parts.dry_run,
        named_uids: parts.uids.into_iter().collect(),
        ..StopOptions::default()
    };
    let number =
        engine().stop_processes(target, options, move |report| answer_report(&mailbox, token, report));
    Ok(outcome(number.map(as_f64)))
}

/// Ends a stop at its caller's wish; its letter says so. Without effect on one that has ended.
#[napi(catch_unwind)]
pub(crate) fn processes_stop_cancel(number: f64) {
    engine().cancel_stop(as_u64(number));
}

fn target(parts: &StopParts) -> Target {
    if parts.group {
        return Target::Group(parts.pid);
    }
    if parts.start_token.is_empty() {
        return Target::Pid(parts.pid);
    }
    Target::Process(ProcessIdentity {
        pid: parts.pid,
        start_token: parts.start_token.clone(),
        boot_id: parts.boot_id.clone(),
    })
}

fn answer(mailbox: &Mailbox, token: u32, processes: Result<Vec<ProcessInfo>>) {
    mailbox.post(match processes {
        Ok(processes) => Letter::Done { token, answer: Some(lines(&processes)) },
        Err(error) => Letter::Failed { token, error },
    });
}

/// Posts the report of a stop, or says why there is none.
pub(super) fn answer_report(mailbox: &Mailbox, token: u32, report: Result<StopReport>) {
    mailbox.post(match report {
        Ok(report) => Letter::Done { token, answer: Some(report_lines(&report)) },
        Err(error) => Letter::Failed { token, error },
    });
}

/// Arrays of processes, one a line.
pub(super) fn lines(processes: &[ProcessInfo]) -> String {
    let line = |chunk: &[ProcessInfo]| serde_json::to_string(chunk).unwrap_or_default();
    processes.chunks(LINE).map(line).collect::<Vec<_>>().join("\n")
}

/// What is short on the first line, with the number of lines that the stopped take; then the stopped, then the forced.
fn report_lines(report: &StopReport) -> String {
    let stopped = report.stopped.chunks(LINE).len();
    let head = serde_json::json!({
        "survivors": report.survivors,
        "refused": report.refused,
        "durationMs": report.duration_ms,
        "stoppedLines": stopped,
    });
    format!("{head}\n{}\n{}", lines(&report.stopped), lines(&report.forced))
}
