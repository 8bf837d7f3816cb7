//! Work that a server handed to a container engine: marked when it starts, removed when the client was killed before it could do that.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{spawn_blocking, spawn_local};

use super::unit::{StartedUnit, UnitEvent, UnitRequest};
use super::unit_entry::UnitEntry;
use super::world::World;
use crate::guard::protocol::UnitEnd;
use crate::model::{
    Error, ExitCause, Leftovers, ProcessIdentity, ProcessInfo, Result, SpawnSpec, StdioMode, Survivor,
};
use crate::process::ContainerRun;

/// How long the engine's client may take for one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// More of an answer is not read.
const MAX_ANSWER: u64 = 64 * 1024;

impl World {
    /// Marks what a server's command runs, if that is a container.
    ///
    /// # Errors
    /// When no guard can be started, whose cookie is the mark.
    pub(super) fn mark_container(
        self: &Rc<Self>,
        spec: &mut SpawnSpec,
        unit: u64,
    ) -> Result<Option<ContainerRun>> {
        Ok(ContainerRun::mark(spec, &self.current_guard(None)?.cookie, unit))
    }

    /// A unit is gone. If it was the killed client of a container, that is removed before anybody hears of the end, or told as a survivor.
    pub(super) fn end_unit(self: &Rc<Self>, entry: Rc<UnitEntry>, mut end: UnitEnd) {
        let killed = end.exit.signal.is_some() || end.exit.cause == ExitCause::Guard;
        let (run, identity) = (entry.request.container.clone(), entry.identity.borrow().clone());
        let (Some(run), Some(identity)) = (run.filter(|_| killed), identity) else {
            return entry.finish(end);
        };
        let world = Rc::clone(self);
        spawn_local(async move {
            if let Err(reason) = world.remove_container(&run).await {
                let survivor = Survivor { process: client(&entry, identity), reason };
                end.exit.survivors.push(survivor.clone());
                end.stop.survivors.push(survivor);
            }
            entry.finish(end);
        });
    }

    async fn remove_container(self: &Rc<Self>, run: &ContainerRun) -> std::result::Result<(), String> {
        let failed = |why: String| {
            format!(
                "its container may still run, as the engine's client {why}; remove it by `{}`",
                run.advice()
            )
        };
        let ids = self.ask_client(run.list()).await.map_err(failed)?;
        let ids: Vec<String> = ids.split_whitespace().map(str::to_owned).collect();
        if ids.is_empty() {
            return Ok(());
        }
        self.ask_client(run.remove(&ids)).await.map(drop).map_err(failed)
    }

    /// Runs the client as a unit of its own and reads its answer; the error ends a sentence.
    async fn ask_client(self: &Rc<Self>, spec: SpawnSpec) -> std::result::Result<String, String> {
        let request = UnitRequest {
            spec,
            stdio: [StdioMode::Ignore, StdioMode::Pipe, StdioMode::Pipe],
            grace: Duration::ZERO,
            leftovers: Leftovers::Stop,
            memory: None,
            timeout: Some(ANSWER_WITHIN),
            terminal: None,
            owner: None,
            pool: None,
            held: true,
            container: None,
        };
        let (started, streams) = oneshot::channel();
        let (ended, end) = oneshot::channel();
        self.spawn_unit(self.shared.units.next_number(), request, hear(started, ended));
        let started = streams.await.unwrap_or_else(|_| Err(super::errors::closed()));
        let [_, out, err] = started.map_err(|error| format!("cannot be run ({error})"))?.stdio;
        let answers = spawn_blocking(move || (read(out), read(err)));
        let end = end.await.map_err(|_| "was lost".to_owned())?;
        let (out, err) = answers.await.unwrap_or_default();
        match end.exit {
            exit if exit.cause == ExitCause::Timeout => {
                Err(format!("did not answer within {ANSWER_WITHIN:?}"))
            }
            exit if exit.code == Some(0) => Ok(out),
            exit => Err(format!("failed with {:?}: {}", exit.code, err.trim())),
        }
    }
}

fn hear(
    started: oneshot::Sender<Result<StartedUnit, Error>>,
    ended: oneshot::Sender<Box<UnitEnd>>,
) -> super::unit::UnitListener {
    let (started, ended) = (std::cell::Cell::new(Some(started)), std::cell::Cell::new(Some(ended)));
    let start = move |outcome| drop(started.take().map(|sender| sender.send(outcome)));
    Box::new(move |event| match event {
        UnitEvent::Started(unit) => start(Ok(unit)),
        UnitEvent::Failed(error) => start(Err(error)),
        UnitEvent::Ended(end) => drop(ended.take().map(|sender| sender.send(Box::new(end)))),
        UnitEvent::FirstExited { .. } | UnitEvent::Stopped { .. } => {}
    })
}

/// To its end, which comes with the unit's.
fn read(stream: Option<OwnedFd>) -> String {
    let mut bytes = Vec::new();
    let outcome: Option<io::Result<usize>> =
        stream.map(|stream| File::from(stream).take(MAX_ANSWER).read_to_end(&mut bytes));
    // What was read until then is all there is.
    drop(outcome);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The client stands for the container, which is no process of ours.
fn client(entry: &UnitEntry, identity: ProcessIdentity) -> ProcessInfo {
    let command = String::from_utf8_lossy(&entry.request.spec.command).into_owned();
    ProcessInfo {
        name: command,
        unit: Some(super::unit::id_of(entry.number)),
        ..ProcessInfo::unread(identity)
    }
}
