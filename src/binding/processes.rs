//! Processes for JavaScript, ours and foreign: lists, trees, stops. A `done` letter says that the answer can be fetched, part by part.

use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi_derive::napi;

use super::answers::Answers;
use super::convert::{as_f64, as_u64, duration};
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::mailbox::Mailbox;
use super::process_engine::engine;
use crate::model::{ProcessIdentity, ProcessInfo, Result, StopReport};
use crate::process::stop::{StopOptions, Target};

/// Processes of one part: parsed in a fraction of a millisecond.
const PART: usize = 32;

/// Where an environment hears of an answer, and where it fetches it.
pub(super) struct Desk {
    mailbox: Arc<Mailbox>,
    answers: Arc<Answers>,
    token: u32,
}

impl Desk {
    pub(super) fn of(env: &Env, token: u32) -> napi::Result<Self> {
        let environment = Environment::current(env)?;
        let (mailbox, answers) = (Arc::clone(environment.mailbox()), Arc::clone(environment.answers()));
        Ok(Self { mailbox, answers, token })
    }

    /// The report of a stop, or why there is none.
    pub(super) fn answer_report(self, report: Result<StopReport>) {
        self.answer(report.map(|report| report_parts(&report)));
    }

    fn answer(self, parts: Result<Vec<String>>) {
        let token = self.token;
        self.mailbox.post(match parts {
            Ok(parts) => {
                self.answers.keep(token, parts);
                Letter::Done { token, answer: None }
            }
            Err(error) => Letter::Failed { token, error },
        });
    }
}

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
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().list_processes(managed, |listed| desk.answer(listed.map(|all| parts(&all))))))
}

/// Lists a process and everybody below it, in the same way.
#[napi(catch_unwind)]
pub(crate) fn processes_tree(env: &Env, pid: i32, token: u32) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().process_tree(pid, |listed| desk.answer(listed.map(|all| parts(&all))))))
}

/// Lists the processes of a unit, in the same way.
#[napi(catch_unwind)]
pub(crate) fn unit_processes(env: &Env, number: f64, token: u32) -> napi::Result<Outcome<()>> {
    let desk = Desk::of(env, token)?;
    Ok(outcome(engine().unit_processes(as_u64(number), |listed| desk.answer(Ok(parts(&listed))))))
}

/// Stops a tree or a group and says the number of the stop. What comes first of the answer is short: survivors, refusals, and how many parts the
/// stopped take; then come the stopped, then the forced.
#[napi(catch_unwind)]
pub(crate) fn processes_stop(env: &Env, wanted: StopParts, token: u32) -> napi::Result<Outcome<f64>> {
    let desk = Desk::of(env, token)?;
    let target = target(&wanted);
    let options = StopOptions {
        force: wanted.force,
        grace: duration(wanted.grace_ms).unwrap_or(Duration::MAX),
        signal: wanted.signal,
        dry_run: wanted.dry_run,
        named_uids: wanted.uids.into_iter().collect(),
        ..StopOptions::default()
    };
    let number = engine().stop_processes(target, options, |report| desk.answer_report(report));
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

/// Arrays of processes as JSON.
fn parts(processes: &[ProcessInfo]) -> Vec<String> {
    processes.chunks(PART).map(|chunk| serde_json::to_string(chunk).unwrap_or_default()).collect()
}

fn report_parts(report: &StopReport) -> Vec<String> {
    let stopped = parts(&report.stopped);
    let head = serde_json::json!({
        "survivors": report.survivors,
        "refused": report.refused,
        "durationMs": report.duration_ms,
        "stoppedParts": stopped.len(),
    });
    std::iter::once(head.to_string()).chain(stopped).chain(parts(&report.forced)).collect()
}
